using System.Net;
using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Listening;

public sealed class AcceptLoopTests
{
    [Theory]
    [InlineData(SocketError.OperationAborted, (int)AcceptError.Closed)]
    [InlineData(SocketError.NotSocket, (int)AcceptError.Fatal)]
    [InlineData(SocketError.InvalidArgument, (int)AcceptError.Fatal)]
    [InlineData(SocketError.TooManyOpenSockets, (int)AcceptError.Pressure)]
    [InlineData(SocketError.NoBufferSpaceAvailable, (int)AcceptError.Pressure)]
    [InlineData(SocketError.NetworkDown, (int)AcceptError.Pressure)]
    [InlineData(SocketError.ConnectionAborted, (int)AcceptError.Peer)]
    [InlineData(SocketError.ConnectionReset, (int)AcceptError.Peer)]
    [InlineData(SocketError.HostUnreachable, (int)AcceptError.Peer)]
    public void Classify_WhateverTheError_KnowsTheTier(SocketError error, int tier) => Assert.Equal((AcceptError)tier, AcceptErrors.Classify(error));

    [Fact]
    public async Task Run_WhenTheSocketIsClosed_EndsWithoutAFault()
    {
        var listener = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ListeningSocket.Listen(listener);
        var running = new AcceptLoop(listener, accepted => accepted.Dispose(), Unlimited(), TestMetrics.Create(), TimeProvider.System, NullLogger.Instance).RunAsync(CancellationToken.None);
        Assert.False(running.IsCompleted);
        listener.Dispose();
        await running.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task Run_WhenTheSocketIsOfNoUse_Throws()
    {
        using var notListening = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var running = new AcceptLoop(notListening, accepted => accepted.Dispose(), Unlimited(), TestMetrics.Create(), TimeProvider.System, NullLogger.Instance);
        await Assert.ThrowsAnyAsync<Exception>(() => running.RunAsync(CancellationToken.None).WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public void Bind_WhenAnotherListensThere_Throws()
    {
        using var first = ListeningSocket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ListeningSocket.Listen(first);
        Assert.Throws<SocketException>(() =>
        {
            using var second = ListeningSocket.Bind((IPEndPoint)first.LocalEndPoint!);
            ListeningSocket.Listen(second);
        });
    }

    [Fact]
    public async Task Gateway_WhenDescriptorsRunOut_WaitsAndServesAgainWhenThereAreSome()
    {
        await using var around = new GatewayUnderTest();
        await around.Edge.StartAsync();
        around.Edge.Secrets["aaaaaaaaaaaaaaaaaaaaaaaaaa"] = true;
        const int Descriptors = 512;
        await using var process = GatewayProcess.StartProgram(
            "sh", "-c", $"ulimit -n {Descriptors}; exec \"$@\"", "sh", GatewayProcess.Path, "run", "--data", around.Options.DataFolder, "--listen", "127.0.0.1:0",
            "--code", around.Edge.Code("aaaaaaaaaaaaaaaaaaaaaaaaaa").Format(), "--hello-timeout", "60");
        var endPoint = await process.ReadyAsync();
        await process.SaidAsync("--max-connections");

        var dawdlers = new List<Socket>();
        for (var i = 0; i < Descriptors + 50; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            dawdlers.Add(socket);
            await socket.ConnectAsync(endPoint);
        }

        await process.SaidAsync("Accepting pauses until connections end");
        dawdlers.ForEach(dawdler => dawdler.Dispose());

        using var after = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await after.ConnectAsync(endPoint);
        await after.SendAsync(new HelloBuilder().Record());
        Assert.Equal(TlsAlert.Record(TlsAlert.UnrecognizedName), await GatewayUnderTest.ReadToEndAsync(after));
    }

    [Fact]
    public void DescriptorLimit_WhenTheSystemTellsIt_IsRead()
    {
        Assert.Equal(1024, DescriptorLimit.Parse(["Max processes 1 1 processes", "Max open files            1024                 524288               files     "]));
        Assert.Null(DescriptorLimit.Parse(["Max open files            unlimited            unlimited            files     "]));
        Assert.Null(DescriptorLimit.Parse([]));
    }

    private static DescriptorBudget Unlimited() => new(null, 0, 128, TestMetrics.Create(), TimeProvider.System, NullLogger<DescriptorBudget>.Instance);
}
