using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Relay;
using Headgate.Protocol.Edge;
using Microsoft.Extensions.Logging;

namespace Headgate.Gateway;

/// <summary>All that the gateway logs. Event ids are stable. What a peer sent is never logged, but its address and our names for things are.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(100, LogLevel.Information, "Gateway {Gateway} of zone {Zone}, certificate valid until {Until:u}, silo {Host}:{Port}")]
    public static partial void Starting(ILogger log, string gateway, string zone, DateTime until, string host, int port);

    [LoggerMessage(101, LogLevel.Information, "Listening on {EndPoint}")]
    public static partial void Listening(ILogger log, IPEndPoint endPoint);

    [LoggerMessage(102, LogLevel.Warning, "Not listening on {EndPoint}: wanted state {Wanted}, silo last heard {Silence} ago")]
    public static partial void NotListening(ILogger log, IPEndPoint endPoint, GatewayWantedState wanted, TimeSpan? silence);

    [LoggerMessage(103, LogLevel.Error, "Cannot listen on {EndPoint}: {Why}; trying again each second")]
    public static partial void ListenFailed(ILogger log, IPEndPoint endPoint, string why);

    [LoggerMessage(104, LogLevel.Error, "The listening socket {EndPoint} broke and is opened anew: {Why}")]
    public static partial void ListenerBroken(ILogger log, IPEndPoint endPoint, string why);

    [LoggerMessage(105, LogLevel.Warning, "Accepting nothing for {Wait}: {Error}. When descriptors ran out, raise the limit (ulimit -n, LimitNOFILE=)")]
    public static partial void AcceptWaits(ILogger log, TimeSpan wait, SocketError error);

    [LoggerMessage(106, LogLevel.Information, "Stopping: no new connections, {Count} have up to {Timeout} to finish (--drain-timeout)")]
    public static partial void Draining(ILogger log, int count, TimeSpan timeout);

    [LoggerMessage(107, LogLevel.Warning, "The drain timeout passed: {Count} connections are reset")]
    public static partial void DrainEnded(ILogger log, int count);

    [LoggerMessage(108, LogLevel.Warning, "This gateway is disabled: {Count} connections are reset")]
    public static partial void DisabledEnds(ILogger log, int count);

    [LoggerMessage(109, LogLevel.Information, "{Names} routes were closed: {Count} connections are reset")]
    public static partial void RoutesClosed(ILogger log, int names, int count);

    [LoggerMessage(2122, LogLevel.Information, "{Targets} is no target any more: {Count} live connections to it were ended")]
    public static partial void TargetsRemoved(ILogger log, string targets, int count);

    [LoggerMessage(110, LogLevel.Warning,
        "The process may open {Descriptors} files; {MaxConnections} connections (--max-connections) need {Needed}. Raise the limit (ulimit -n, LimitNOFILE=)")]
    public static partial void FewDescriptors(ILogger log, long descriptors, int maxConnections, long needed);

    [LoggerMessage(111, LogLevel.Warning,
        "Accepting pauses until connections end: they hold {Taken} descriptors, the process may open {Limit}, and {Kept} are kept for everything else. Raise the limit (LimitNOFILE=, ulimit -n)")]
    public static partial void AcceptPaused(ILogger log, int taken, long? limit, int kept);

    [LoggerMessage(112, LogLevel.Information, "Drained by the provider: no new connections, {Count} are left; {Deadline}")]
    public static partial void DrainBegins(ILogger log, int count, string deadline);

    [LoggerMessage(113, LogLevel.Warning, "The time that the provider gave this drain is over: {Count} connections are reset")]
    public static partial void ProvidersDrainEnds(ILogger log, int count);

    [LoggerMessage(114, LogLevel.Information, "No longer drained: wanted state {Wanted}, {Count} connections were left")]
    public static partial void DrainCancelled(ILogger log, GatewayWantedState wanted, int count);

    [LoggerMessage(200, LogLevel.Debug, "Refused {Source}: {Reason}")]
    public static partial void Refused(ILogger log, IPEndPoint? source, string reason);

    [LoggerMessage(201, LogLevel.Debug, "Relaying {Source} to {Target}")]
    public static partial void RelayBegins(ILogger log, IPEndPoint source, string target);

    [LoggerMessage(202, LogLevel.Debug, "Relay of {Source} to {Target} ended: {End}, {BytesUp} bytes up, {BytesDown} down, {Elapsed}")]
    public static partial void RelayEnded(ILogger log, IPEndPoint source, string target, RelayEnd end, long bytesUp, long bytesDown, TimeSpan elapsed);

    [LoggerMessage(203, LogLevel.Warning, "Target {Target} at {Host}:{Port} cannot be reached: {Why}")]
    public static partial void TargetUnreachable(ILogger log, string target, string host, int port, string why);

    [LoggerMessage(204, LogLevel.Error, "A connection ended by a fault of this program")]
    public static partial void ConnectionFault(ILogger log, Exception fault);

    [LoggerMessage(205, LogLevel.Error, "A relay ended by a fault of this program")]
    public static partial void RelayFault(ILogger log, Exception fault);

    [LoggerMessage(300, LogLevel.Information, "Following the silo's events after {After}")]
    public static partial void StreamConnected(ILogger log, long? after);

    [LoggerMessage(301, LogLevel.Warning, "The silo's event stream is down; cached routes go on: {Why}")]
    public static partial void StreamBroken(ILogger log, string why);

    [LoggerMessage(302, LogLevel.Information, "Snapshot {Sequence}: {Targets} targets, {Routes} routes, wanted state {Wanted}")]
    public static partial void SnapshotTaken(ILogger log, long sequence, int targets, int routes, GatewayWantedState wanted);

    [LoggerMessage(303, LogLevel.Debug, "An event of unknown kind {Kind} was skipped")]
    public static partial void EventSkipped(ILogger log, string kind);

    [LoggerMessage(304, LogLevel.Debug, "A look-up failed: {Why}")]
    public static partial void LookUpFailed(ILogger log, string why);

    [LoggerMessage(305, LogLevel.Information, "Beginning with {Routes} routes kept {Age} ago")]
    public static partial void RoutesRestored(ILogger log, int routes, TimeSpan age);

    [LoggerMessage(306, LogLevel.Warning, "{Path} is not used: {Why}")]
    public static partial void RoutesNotRestored(ILogger log, string path, string why);

    [LoggerMessage(307, LogLevel.Error, "{Path} cannot be written: {Why}")]
    public static partial void FileNotWritten(ILogger log, string path, string why);

    [LoggerMessage(310, LogLevel.Warning, "{Path} cannot be made, so 'headgate-gateway connections' cannot be answered: {Why}")]
    public static partial void NoControlSocket(ILogger log, string path, string why);

    [LoggerMessage(311, LogLevel.Debug, "A command was not answered: {Error}")]
    public static partial void ControlFailed(ILogger log, SocketError error);

    [LoggerMessage(400, LogLevel.Warning, "Heartbeats do not arrive: {Why}")]
    public static partial void HeartbeatFails(ILogger log, string why);

    [LoggerMessage(401, LogLevel.Information, "Heartbeats arrive; wanted state {Wanted}")]
    public static partial void HeartbeatArrives(ILogger log, GatewayWantedState wanted);

    [LoggerMessage(402, LogLevel.Error, "The silo refuses this gateway: {Why}")]
    public static partial void Revoked(ILogger log, string why);

    [LoggerMessage(403, LogLevel.Information, "The certificate was renewed and is valid until {Until:u}")]
    public static partial void Renewed(ILogger log, DateTime until);

    [LoggerMessage(404, LogLevel.Warning, "The certificate, valid until {Until:u}, could not be renewed; trying again: {Why}")]
    public static partial void RenewalFails(ILogger log, DateTime until, string why);

    [LoggerMessage(405, LogLevel.Information, "Trusting the provider's authorities {Fingerprints}")]
    public static partial void Trusts(ILogger log, string fingerprints);

    [LoggerMessage(406, LogLevel.Warning, "The provider names other authorities, which could not be taken over; trying again: {Why}")]
    public static partial void TrustFails(ILogger log, string why);

    [LoggerMessage(500, LogLevel.Information, "Relaying with the {Engine} engine, {Loops} event loops, {Pipes} pipes of {Bytes} bytes at most")]
    public static partial void EngineStarts(ILogger log, RelayEngine engine, int loops, int pipes, int bytes);

    [LoggerMessage(501, LogLevel.Warning, "Relaying with the managed engine, because the epoll engine cannot work here: {Why}")]
    public static partial void EngineFallsBack(ILogger log, string why);

    [LoggerMessage(502, LogLevel.Critical, "Event loop {Index} died; the gateway stops")]
    public static partial void LoopDied(ILogger log, Exception fault, int index);

    [LoggerMessage(503, LogLevel.Warning,
        "A pipe holds {Got} bytes instead of {Wanted} (--relay-pipe-size), with {Open} open: bytes are copied, or moved in smaller parts. Raise fs.pipe-user-pages-soft or fs.pipe-max-size, or give the service CAP_SYS_RESOURCE")]
    public static partial void SmallPipes(ILogger log, int got, int wanted, int open);

    [LoggerMessage(504, LogLevel.Warning, "The system refuses to splice: bytes are copied")]
    public static partial void SpliceRefused(ILogger log);

    [LoggerMessage(505, LogLevel.Warning, "Accepting nothing for a moment: {Why}")]
    public static partial void AcceptPauses(ILogger log, string why);
}
