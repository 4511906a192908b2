namespace Headgate.Silo.Certificates;

/// <summary>Whether a step is taken although it locks programs out.</summary>
internal enum Forcing
{
    /// <summary>It is not taken.</summary>
    No,

    /// <summary>It is taken; they have to enrol again.</summary>
    Yes,
}
