using System.Net.Sockets;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay.Epoll;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Naming;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Headgate.Gateway.Tests.Host;

/// <summary>A host whose event loop died must end and say so: its supervisor starts it again, and half a gateway would go unnoticed.</summary>
public sealed class LoopDeathTests
{
    [Fact]
    public async Task Run_WhenAnEventLoopDies_EndsAsFailedThoughTheLoopHadConnections()
    {
        await using var around = new GatewayUnderTest();
        await around.Edge.StartAsync();
        around.Authority.Issue(CertificateRole.Gateway, around.Edge.GatewayId, port: around.Edge.Port).Save(around.Options.DataFolder);
        var ready = new TaskCompletionSource<System.Net.IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        around.Options.RelayEngine = RelayEngine.Epoll;
        around.Options.RelayLoops = 2;
        around.Options.Ready = endPoints => ready.TrySetResult(endPoints[0]);
        EpollEngine? engine = null;
        var run = GatewayHost.RunAsync(
            around.Options,
            services => services.AddSingleton<IHostedService>(provider =>
            {
                engine = (EpollEngine)provider.GetRequiredService<IConnectionEngine>();
                return new Nothing();
            }),
            CancellationToken.None);
        var endPoint = await ready.Task.WaitAsync(Eventually.Deadline);

        // One at least for each loop.
        var open = new List<Socket>();
        while (engine!.Loops.Any(loop => loop.Connections.Count == 0))
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endPoint);
            open.Add(socket);
        }

        engine.Loops[0].Post(LoopCommand.RunOf(() => throw new InvalidOperationException("made by a test")));
        Assert.Equal(GatewayHost.Failed, await run.WaitAsync(Eventually.Deadline));
        foreach (var socket in open)
        {
            await GatewayPrograms.EndedAsync(socket);
            socket.Dispose();
        }
    }

    private sealed class Nothing : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
