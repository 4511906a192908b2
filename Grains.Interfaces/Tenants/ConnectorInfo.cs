namespace Headgate.Grains;

/// <summary>A tenant's connector.</summary>
/// <param name="Connector">Its id within the tenant, made from the host name.</param>
/// <param name="Host">The host name at enrolment.</param>
/// <param name="Serial">Of its certificate.</param>
/// <param name="Enrolled">When.</param>
/// <param name="NotAfter">When its certificate ends.</param>
/// <param name="Level">What its runs may do.</param>
/// <param name="Revoked">Whether it was revoked.</param>
[GenerateSerializer, Immutable, Alias("headgate.connector-info")]
public sealed record ConnectorInfo(
    string Connector,
    string Host,
    string Serial,
    DateTimeOffset Enrolled,
    DateTimeOffset NotAfter,
    AccessLevel Level,
    bool Revoked);
