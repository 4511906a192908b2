using System.Net;
using Headgate.Protocol.Services;

namespace Headgate.Gateway;

/// <summary>How a cloud gateway runs. Times are elapsed time; sizes are bytes. Checked as a whole before anything starts.</summary>
public sealed class GatewayOptions
{
    /// <summary>Folder for identity, cached routes and status. Required; made when missing. Only its owner may read it.</summary>
    public string DataFolder { get; set; } = "";

    /// <summary>
    /// Enrolment code, used when <see cref="DataFolder"/> holds no identity yet, ignored otherwise. Null: an identity must be there.
    /// </summary>
    public string? Code { get; set; }

    /// <summary>With a fleet token's <see cref="Code"/>: the id that this gateway gets. Default: the host name's first label, made an id.</summary>
    public string? Id { get; set; }

    /// <summary>With a fleet token's <see cref="Code"/>, and then required: where tenants reach this gateway, as <c>host:port</c>.</summary>
    public string? Address { get; set; }

    /// <summary>With a fleet token's <see cref="Code"/>: <c>direct</c>, the default, or <c>nat</c> when <see cref="Address"/> is on a firewall that forwards to this gateway.</summary>
    public string? Mode { get; set; }

    /// <summary>
    /// Where to listen, as <c>address:port</c> (<c>[address]:port</c> for IPv6; port 0 lets the system choose). At least one. The address tenants are
    /// told is set in the silo and may differ (NAT mode).
    /// </summary>
    public IList<string> Listen { get; } = [];

    /// <summary>Called once when all listening sockets first accept, with their real ports. Default: nothing is called.</summary>
    public Action<IReadOnlyList<IPEndPoint>>? Ready { get; set; }

    /// <summary>Who is told how this gateway fares. Default: nobody.</summary>
    public IServiceManager Manager { get; set; } = ServiceManager.None;

    /// <summary>How long streams may go on after a stop was asked for; then they are reset. Default 60 s; 0 resets them at once.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>From accept to the last byte of the ClientHello; then the connection is closed. Default 5 s.</summary>
    public TimeSpan HelloTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For resolving and connecting to a target; then the client is refused and tries another gateway. Default 3 s.</summary>
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A relayed connection on which no byte moved either way for this long is reset. Default 15 min.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A relayed connection of which one side took less than one buffer in this long, with more waiting, is reset. Default 2 min.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Connections open at once, from accept to close. More are reset. Default 20000. Each needs two descriptors.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Connections open at once from one IPv4 address or IPv6 /64. More are reset. Default 1000.</summary>
    public int MaxConnectionsPerSource { get; set; } = 1000;

    /// <summary>Connections at once that have not been led anywhere yet. For each more, the one that has waited longest for its hello is reset. Default 2000. Each may hold 16 KiB.</summary>
    public int MaxHandshakes { get; set; } = 2000;

    /// <summary>Connections at once that have not been led anywhere yet, from one source. More are reset. Default 500, a quarter of all.</summary>
    public int MaxHandshakesPerSource { get; set; } = 500;

    /// <summary>Connections relayed at once for one tenant. More are refused, and go to another gateway. Default 2000.</summary>
    public int MaxConnectionsPerTenant { get; set; } = 2000;

    /// <summary>
    /// Networks whose addresses have no limits of their own (per source, unknown names), such as <c>203.0.113.0/24</c>; limits in all and per tenant hold.
    /// IPv6 networks have a prefix of at most 64 bits. Default: none.
    /// </summary>
    public IList<string> Exempt { get; } = [];

    /// <summary>Descriptors kept for everything but connections, beside those open at start. Default 128. Past the rest, accepting pauses.</summary>
    public int DescriptorReserve { get; set; } = 128;

    /// <summary>Names that lead nowhere that one source may have looked up each minute, and at once. Default 60. Past it, names not cached are refused, for longer and longer.</summary>
    public int UnknownNamesPerMinute { get; set; } = 60;

    /// <summary>Bytes moved at a time, for each direction that has some. Default 64 KiB.</summary>
    public int RelayBufferBytes { get; set; } = 64 * 1024;

    /// <summary>What moves the bytes. Default: <see cref="RelayEngine.Auto"/>, or what the variable HEADGATE_RELAY_ENGINE names.</summary>
    public RelayEngine RelayEngine { get; set; } =
        Enum.TryParse<RelayEngine>(Environment.GetEnvironmentVariable("HEADGATE_RELAY_ENGINE"), ignoreCase: true, out var named) ? named : RelayEngine.Auto;

    /// <summary>Event loops, each a thread, of the epoll engine. Default 0: one for each processor.</summary>
    public int RelayLoops { get; set; }

    /// <summary>
    /// Whether each event loop stays on a processor of its own, when there are as many loops as processors that this process may use. Default true. Better
    /// false where other busy programs, or other gateways, share the machine.
    /// </summary>
    public bool RelayPin { get; set; } = true;

    /// <summary>Bytes a pipe of the epoll engine holds. Default 1 MiB. Without privilege the system gives each user 64 pipes of that size.</summary>
    public int RelayPipeBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Pipes that the epoll engine holds at most, two descriptors each. A direction needs one only while bytes are on their way in it; when all are in use,
    /// bytes are copied, which costs more processor time. Default 256; 0 copies always.
    /// </summary>
    public int RelayPipes { get; set; } = 256;
}
