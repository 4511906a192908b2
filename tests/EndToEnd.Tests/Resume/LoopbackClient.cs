using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>HTTP clients for the loopback port that a connector gives its tool.</summary>
internal static class LoopbackClient
{
    /// <summary>A client with one connection, which it keeps.</summary>
    /// <param name="repository">The value of <c>RESTIC_REPOSITORY</c>.</param>
    /// <param name="connected">Called for each connection that it opens.</param>
    public static HttpClient Of(string repository, Action connected)
    {
        var address = new Uri(repository["rest:".Length..]);
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            UseProxy = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectCallback = async (context, token) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(context.DnsEndPoint, token);
                    connected();
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        var client = new HttpClient(handler)
        {
            BaseAddress = new Uri(address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.Unescaped)),
            Timeout = TimeSpan.FromMinutes(4),
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(address.UserInfo)));
        return client;
    }
}
