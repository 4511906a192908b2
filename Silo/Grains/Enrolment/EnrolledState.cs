using Headgate.Silo.Storage;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>State of a grain that stands for one program with a certificate.</summary>
[GenerateSerializer]
internal abstract class EnrolledState : StoredState
{
    /// <summary>Serial number of the certificate it holds, or null.</summary>
    [Id(0)]
    public string? Serial { get; set; }

    /// <summary>Of the one with which it asked for that: good until the next renewal, for answers can be lost.</summary>
    [Id(1)]
    public string? PreviousSerial { get; set; }

    /// <summary>When the certificate ends.</summary>
    [Id(2)]
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>Whether the certificate was revoked.</summary>
    [Id(3)]
    public bool Revoked { get; set; }

    /// <summary>Its one-time codes.</summary>
    [Id(4)]
    public List<EnrolmentCodeEntry> Codes { get; set; } = [];

    /// <summary>How often it has enrolled. Renewals do not count.</summary>
    [Id(5)]
    public long Enrolment { get; set; }

    /// <summary>Whether it holds a certificate that is believed.</summary>
    public bool IsBelieved => Serial is not null && !Revoked;

    internal override void Forget(DateTimeOffset now) => EnrolmentCodes.Forget(Codes, now);
}
