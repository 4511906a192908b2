using Headgate.Grains;

namespace Headgate.Silo.Grains.Enrolment;

/// <summary>How a code was used.</summary>
/// <param name="At">When.</param>
/// <param name="PublicKeySha256">By which key (SHA-256 of the SubjectPublicKeyInfo).</param>
/// <param name="Certificate">What was answered.</param>
[GenerateSerializer, Immutable]
internal sealed record EnrolmentCodeUse(DateTimeOffset At, ImmutableArray<byte> PublicKeySha256, IssuedCertificate Certificate);
