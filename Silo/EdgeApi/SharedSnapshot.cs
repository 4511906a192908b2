namespace Headgate.Silo.EdgeApi;

/// <summary>A snapshot as it goes out.</summary>
/// <param name="Sequence">What it includes.</param>
/// <param name="Json">UTF-8, one line.</param>
/// <param name="Enrolment">Whose: keys in it are of this enrolment of the program.</param>
internal sealed record SharedSnapshot(long Sequence, ReadOnlyMemory<byte> Json, long Enrolment);
