using System.Net.Sockets;

namespace Headgate.Protocol.Resume;

/// <summary>Tells what a connection that goes away throws from what is a mistake of ours.</summary>
internal static class LegFaults
{
    /// <summary>True for what streams, sockets and TLS throw when they end, or are cut under a running operation.</summary>
    public static bool IsOfTheLeg(Exception fault) => fault is IOException or OperationCanceledException or ObjectDisposedException or SocketException or InvalidOperationException;
}
