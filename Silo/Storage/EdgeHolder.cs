namespace Headgate.Silo.Storage;

/// <summary>Who holds a gateway's or repository's place now.</summary>
/// <param name="Serial">Its certificate; null before the first enrolment.</param>
/// <param name="PreviousSerial">The one before a renewal.</param>
/// <param name="Enrolment">Which enrolment both are of.</param>
internal sealed record EdgeHolder(string? Serial, string? PreviousSerial, long Enrolment)
{
    /// <summary>Whether the certificate is of this enrolment.</summary>
    public bool Includes(string serial) => serial == Serial || serial == PreviousSerial;
}
