namespace Headgate.Grains;

/// <summary>Why an attempt first used a gateway. Stored and carried by number: values never change.</summary>
[GenerateSerializer]
public enum PathReason
{
    /// <summary>Nobody said.</summary>
    Unknown = 0,

    /// <summary>The first of its list.</summary>
    First = 1,

    /// <summary>One before it did not lead to the repository.</summary>
    Next = 2,

    /// <summary>Those before it had failed shortly before.</summary>
    Behind = 3,

    /// <summary>Its streams' connection over another was closed.</summary>
    Closed = 4,

    /// <summary>Nothing came any more over another.</summary>
    Silent = 5,
}
