namespace Headgate.Grains;

/// <summary>A place in a gateway list.</summary>
/// <param name="Rank">1 is first.</param>
/// <param name="Gateway">Its id.</param>
/// <param name="Host">Its advertised name or address.</param>
/// <param name="Port">Its advertised port.</param>
/// <param name="Why">Why it stands here.</param>
[GenerateSerializer, Immutable, Alias("headgate.ranked-gateway")]
public sealed record RankedGateway(
    int Rank,
    string Gateway,
    string Host,
    int Port,
    string Why);
