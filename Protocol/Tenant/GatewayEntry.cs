namespace Headgate.Protocol.Tenant;

/// <summary>One place of a gateway list.</summary>
/// <param name="Rank">1 is first.</param>
/// <param name="Gateway">The gateway's id.</param>
/// <param name="Host">Its advertised name or address.</param>
/// <param name="Port">Its advertised port.</param>
/// <param name="Why">Why it stands here, in words.</param>
public sealed record GatewayEntry(
    int Rank,
    string Gateway,
    string Host,
    int Port,
    string Why);
