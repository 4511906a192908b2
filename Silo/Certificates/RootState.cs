namespace Headgate.Silo.Certificates;

/// <summary>What a trusted root is for.</summary>
internal enum RootState
{
    /// <summary>Certificates are issued under it.</summary>
    Present,

    /// <summary>It is announced, and nothing is issued under it yet.</summary>
    Next,

    /// <summary>It was followed by another; what was issued under it is still good.</summary>
    Former,
}
