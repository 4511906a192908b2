namespace Headgate.Protocol.Tenant;

/// <summary>
/// How connections over one gateway went since the connector said so last. The provider sets loads that gateways report of themselves against it: one that reports no
/// load and forwards nothing sinks in the lists.
/// </summary>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="CameThrough">1 or more when the authenticated repository's bytes came over it.</param>
/// <param name="Failed">How many connections it did not lead to the repository where another gateway did right after. What failed everywhere is held against no gateway.</param>
public sealed record GatewayTrial(
    string Gateway,
    int CameThrough,
    int Failed);
