using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Host;

/// <summary>Restarts while clients that know two gateways go on connecting.</summary>
public sealed class RestartTests
{
    private const int Clients = 4;
    private const int Restarts = 3;

    [Theory]
    [InlineData("auto")]
    [InlineData("managed")]
    public async Task Restart_WhileClientsConnectAllTheTime_LosesNoneThatTheOtherGatewayCouldTake(string engine)
    {
        await using var programs = new GatewayPrograms();
        await programs.StartSiloAsync();
        var running = new[] { programs.Start("one", "127.0.0.1:0", engine), programs.Start("two", "127.0.0.1:0", engine) };
        var list = new[] { await running[0].ReadyAsync(), await running[1].ReadyAsync() };
        await using var standing = await GatewayPrograms.TlsAsync(list[0]);

        using var enough = new CancellationTokenSource();
        var tally = new Tally();
        var clients = Enumerable.Range(0, Clients).Select(client => ConnectAsync(list, client, tally, enough.Token)).ToArray();
        for (var restart = 0; restart < Restarts; restart++)
        {
            for (var which = 0; which < 2; which++)
            {
                await tally.MoreAsync(20);
                running[which].Signal(PosixSignal.SIGTERM);
                if (restart == 0 && which == 0)
                {
                    // A stream outlives the restart's beginning, and the new process takes the port beside it.
                    await tally.MoreAsync(10);
                    await GatewayUnderTest.EchoAsync(standing, "still there");
                    standing.Close();
                }

                Assert.Equal(0, await running[which].EndAsync());
                running[which] = programs.Start(which == 0 ? "one" : "two", list[which].ToString(), engine);
                Assert.Equal(list[which], await running[which].ReadyAsync());
            }
        }

        await tally.MoreAsync(20);
        await enough.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(tally.Lost.IsEmpty, $"{tally.Served} were served; lost: {string.Join("; ", tally.Lost)}");
        Assert.True(tally.WentOn > 0, $"None of {tally.Served} ever needed the other gateway.");
    }

    private static async Task ConnectAsync(IPEndPoint[] list, int client, Tally tally, CancellationToken cancellationToken)
    {
        for (var turn = client; !cancellationToken.IsCancellationRequested; turn++)
        {
            var why = "";
            var served = false;
            for (var place = 0; place < list.Length && !served; place++)
            {
                try
                {
                    await using var tls = await GatewayPrograms.TlsAsync(list[(turn + place) % list.Length]);
                    served = true;
                    Interlocked.Add(ref tally.WentOn, place);
                    await GatewayUnderTest.EchoAsync(tls, "one of many");
                    Interlocked.Increment(ref tally.Served);
                }
                catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
                {
                    // Once TLS stood, nothing may end it.
                    why += $"{(served ? "after TLS, " : "")}{e.Message} ";
                    if (served)
                    {
                        tally.Lost.Enqueue(why);
                    }
                }
            }

            if (!served)
            {
                tally.Lost.Enqueue(why);
            }
        }
    }

    private sealed class Tally
    {
        public int Served;
        public int WentOn;

        public System.Collections.Concurrent.ConcurrentQueue<string> Lost { get; } = new();

        public async Task MoreAsync(int connections)
        {
            var until = Volatile.Read(ref Served) + connections;
            await Eventually.TrueAsync(() => Volatile.Read(ref Served) >= until, () => $"{Served} served, {Lost.Count} lost");
        }
    }
}
