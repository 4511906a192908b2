namespace Headgate.Gateway.Traffic;

/// <summary>One connection as it was at a moment.</summary>
/// <param name="Id">Tells connections of one life of the process apart.</param>
/// <param name="Stage">What it is at, such as <c>hello</c> or <c>relay</c>.</param>
/// <param name="Source">The tenant's address and port.</param>
/// <param name="ServerName">The name it asked for; null before the hello.</param>
/// <param name="Tenant">Whose it is; null before the relay, or where nobody owns the name.</param>
/// <param name="Target">The target it was led to; null before that.</param>
/// <param name="Age">Since accept.</param>
/// <param name="SinceActivity">Since a byte moved.</param>
/// <param name="BytesUp">Bytes of the tenant that the target took.</param>
/// <param name="BytesDown">Bytes of the target that the tenant took.</param>
internal sealed record ConnectionInfo(
    long Id, string Stage, string Source, string? ServerName, string? Tenant, string? Target, TimeSpan Age, TimeSpan SinceActivity, long BytesUp, long BytesDown);
