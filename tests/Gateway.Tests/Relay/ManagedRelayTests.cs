using System.Net.Sockets;
using System.Security.Cryptography;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Gateway.Tests.Relay;

public sealed class ManagedRelayTests
{
    private const int Large = 48 * 1024 * 1024;
    private static readonly RelayLimits s_limits = new(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(2), 64 * 1024);

    [Fact]
    public async Task Run_WhenBothSidesSendAtOnce_DeliversEveryByteAndCounts()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider(), head: "PROXY hello"u8.ToArray(), tenantBytesInHead: 5);
        var upward = Streams.SendRandomAsync(relay.Tenant, Large, seed: 1);
        var downward = Streams.SendRandomAsync(relay.Target, Large, seed: 2);
        var head = new byte[11];
        await relay.Target.ReceiveExactlyAsync(head);
        var atTarget = Streams.HashToEndAsync(relay.Target);
        var atTenant = Streams.HashToEndAsync(relay.Tenant);

        Assert.Equal(await upward.WaitAsync(Eventually.Deadline), await atTarget.WaitAsync(Eventually.Deadline));
        Assert.Equal(await downward.WaitAsync(Eventually.Deadline), await atTenant.WaitAsync(Eventually.Deadline));
        Assert.Equal("PROXY hello"u8.ToArray(), head);
        Assert.Equal(new RelayResult(RelayEnd.Completed, Large + 5, Large), await relay.EndAsync());
        Assert.Equal((Large + 5, Large), (relay.Counters.BytesUp, relay.Counters.BytesDown));
        Assert.Equal(0, relay.Pool.Out);
    }

    [Fact]
    public async Task Run_WhenTheTenantEndsFirst_GoesOnRelayingReplies()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        await relay.Tenant.SendAsync("request"u8.ToArray());
        relay.Tenant.Shutdown(SocketShutdown.Send);
        Assert.Equal("request", await ReadTextToEndAsync(relay.Target));
        Assert.False(relay.HasEnded);

        await relay.Target.SendAsync("reply"u8.ToArray());
        relay.Target.Shutdown(SocketShutdown.Send);
        Assert.Equal("reply", await ReadTextToEndAsync(relay.Tenant));
        Assert.Equal(new RelayResult(RelayEnd.Completed, 7, 5), await relay.EndAsync());
    }

    [Fact]
    public async Task Run_WhenTheTargetEndsFirst_GoesOnRelayingTheTenant()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        await relay.Target.SendAsync("banner"u8.ToArray());
        relay.Target.Shutdown(SocketShutdown.Send);
        Assert.Equal("banner", await ReadTextToEndAsync(relay.Tenant));
        Assert.False(relay.HasEnded);

        await relay.Tenant.SendAsync("late"u8.ToArray());
        relay.Tenant.Shutdown(SocketShutdown.Send);
        Assert.Equal("late", await ReadTextToEndAsync(relay.Target));
        Assert.Equal(new RelayResult(RelayEnd.Completed, 4, 6), await relay.EndAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenOneSideResets_ResetsTheOther(bool isTenant)
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        await relay.EchoAsync();
        Streams.Reset(isTenant ? relay.Tenant : relay.Target);
        await Streams.AssertResetAsync(isTenant ? relay.Target : relay.Tenant);
        Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await relay.EndAsync()).End);
        Assert.Equal(0, relay.Pool.Out);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenOneSideResetsWhileTheOtherSends_IsNeverReadAsAnEnd(bool isTenant)
    {
        for (var round = 0; round < 100; round++)
        {
            await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
            await relay.EchoAsync();
            var (quits, stays) = isTenant ? (relay.Tenant, relay.Target) : (relay.Target, relay.Tenant);
            var sending = SendUntilRefusedAsync(stays);
            await quits.ReceiveAsync(new byte[64 * 1024]);
            Streams.Reset(quits);

            // Linux tells the reset to one call: when the send below met it first, this one returns 0, and only the state tells.
            var isReset = true;
            try
            {
                isReset = await stays.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline) == 0 && SocketReset.Happened(stays);
            }
            catch (SocketException)
            {
                // As it should be.
            }

            Assert.True(isReset, $"In round {round} the reset arrived as an end.");
            await sending;
            Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await relay.EndAsync()).End);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenOneSideResetsAfterItsEnd_ResetsTheOther(bool isTenant)
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        var (quits, stays) = isTenant ? (relay.Tenant, relay.Target) : (relay.Target, relay.Tenant);
        quits.Shutdown(SocketShutdown.Send);
        Assert.Equal("", await ReadTextToEndAsync(stays));
        Streams.Reset(quits);
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    stays.Send("more"u8);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            () => "the other side can still send");
        Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await relay.EndAsync()).End);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenOneSideResetsWhileTheOtherDoesNotRead_IsNoticedBeforeTheStallLimit(bool isTenant)
    {
        var time = new ManualTimeProvider();
        await using var relay = await RunningRelay.StartAsync(time, bufferBytes: 16 * 1024);
        var (quits, stays) = isTenant ? (relay.Tenant, relay.Target) : (relay.Target, relay.Tenant);
        await Streams.FillAsync(quits);
        await Eventually.EqualAsync(1, () => relay.Pool.Out);
        Streams.Reset(quits);

        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return relay.HasEnded;
            },
            () => "the relay goes on");
        Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await relay.EndAsync()).End);
        await Streams.AssertResetAsync(stays);
    }

    [Fact]
    public async Task Run_WhenAReaderIsSlow_HoldsTheWriterBackAndLosesNothing()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider(), bufferBytes: 16 * 1024);
        var sending = Streams.SendRandomAsync(relay.Tenant, 8 * 1024 * 1024, seed: 3);
        await Eventually.EqualAsync(1, () => relay.Pool.Out);
        await Eventually.TrueAsync(() => relay.Counters.BytesUp > 0, () => "nothing moved");

        // One buffer, two socket buffers: the rest waits with the writer.
        Assert.False(sending.IsCompleted);
        Assert.True(relay.Counters.BytesUp < 4 * 1024 * 1024, $"{relay.Counters.BytesUp} bytes went nowhere");
        await Eventually.EqualAsync(1, () => relay.Pool.Out);

        var received = Streams.HashToEndAsync(relay.Target);
        Assert.Equal(await sending.WaitAsync(Eventually.Deadline), await received.WaitAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task Run_WhenNothingMoves_HoldsNoBuffer()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        await relay.EchoAsync();
        await Eventually.EqualAsync(0, () => relay.Pool.Out);
        Assert.True(relay.Pool.Rented >= 2);
    }

    [Fact]
    public async Task Run_WhenNothingMovesForTheIdleLimit_ResetsBoth()
    {
        var time = new ManualTimeProvider();
        await using var relay = await RunningRelay.StartAsync(time);
        time.Advance(s_limits.Idle - TimeSpan.FromSeconds(5));
        await relay.EchoAsync();
        time.Advance(s_limits.Idle - TimeSpan.FromSeconds(5));
        Assert.False(relay.HasEnded);

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(RelayEnd.Idle, (await relay.EndAsync()).End);
        await Streams.AssertResetAsync(relay.Tenant);
        await Streams.AssertResetAsync(relay.Target);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenASideStopsReadingForTheStallLimit_ResetsBothAndSaysWhich(bool isTenant)
    {
        var time = new ManualTimeProvider();
        await using var relay = await RunningRelay.StartAsync(time, bufferBytes: 16 * 1024);
        var (stalls, sends) = isTenant ? (relay.Tenant, relay.Target) : (relay.Target, relay.Tenant);
        await Streams.FillAsync(sends);
        await Eventually.EqualAsync(1, () => relay.Pool.Out);
        time.Advance(s_limits.Stall - TimeSpan.FromSeconds(5));
        Assert.False(relay.HasEnded);

        // The send may have begun only now; in steps that take long to the idle limit.
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(500));
                return relay.HasEnded;
            },
            () => "the relay goes on");
        Assert.Equal(isTenant ? RelayEnd.TenantStalled : RelayEnd.TargetStalled, (await relay.EndAsync()).End);
        await Streams.AssertResetAsync(stalls);
        await Streams.AssertResetAsync(sends);
        Assert.Equal(0, relay.Pool.Out);
    }

    [Fact]
    public async Task Run_WhenAborted_ResetsBoth()
    {
        await using var relay = await RunningRelay.StartAsync(new ManualTimeProvider());
        await relay.EchoAsync();
        await relay.AbortAsync();
        Assert.Equal(RelayEnd.Aborted, (await relay.EndAsync()).End);
        await Streams.AssertResetAsync(relay.Tenant);
        await Streams.AssertResetAsync(relay.Target);
    }

    [Fact]
    public async Task Run_WhenAbortedBeforeItBegan_ResetsBoth()
    {
        using var tenant = await SocketPair.CreateAsync();
        using var target = await SocketPair.CreateAsync();
        using var relay = new ManagedRelay(s_limits, TimeProvider.System, NullLogger<ManagedRelay>.Instance);
        var result = await relay.RunAsync(RunningRelay.Connection(tenant, target, [], 0, new GatewayCounters(TimeProvider.System)), new CancellationToken(true));
        Assert.Equal(RelayEnd.Aborted, result.End);
        await Streams.AssertResetAsync(tenant.Near);
        await Streams.AssertResetAsync(target.Near);
    }

    private static async Task<string> ReadTextToEndAsync(Socket socket) =>
        System.Text.Encoding.ASCII.GetString(await GatewayUnderTest.ReadToEndAsync(socket) ?? throw new InvalidOperationException("The connection was reset."));

    private static async Task SendUntilRefusedAsync(Socket socket)
    {
        var bytes = new byte[16 * 1024];
        try
        {
            while (true)
            {
                await socket.SendAsync(bytes).WaitAsync(Eventually.Deadline);
            }
        }
        catch (SocketException)
        {
            // The reset.
        }
    }

    private sealed class RunningRelay : IAsyncDisposable
    {
        private readonly CancellationTokenSource _abort = new();
        private SocketPair? _tenant;
        private SocketPair? _target;
        private ManagedRelay? _relay;
        private Task<RelayResult>? _running;

        public GatewayCounters Counters { get; } = new(TimeProvider.System);

        public CountingPool Pool { get; } = new();

        /// <summary>The tenant's own end.</summary>
        public Socket Tenant => _tenant!.Near;

        /// <summary>The target's own end.</summary>
        public Socket Target => _target!.Near;

        public bool HasEnded => _running!.IsCompleted;

        public static RelayConnection Connection(SocketPair tenant, SocketPair target, byte[] head, int tenantBytesInHead, GatewayCounters counters) => new()
        {
            Tenant = tenant.Far,
            Target = target.Far,
            Head = head,
            TenantBytesInHead = tenantBytesInHead,
            Counters = counters,
        };

        public static async Task<RunningRelay> StartAsync(TimeProvider time, byte[]? head = null, int tenantBytesInHead = 0, int? bufferBytes = null)
        {
            var running = new RunningRelay();
            running._tenant = await SocketPair.CreateAsync(bufferBytes);
            running._target = await SocketPair.CreateAsync(bufferBytes);
            running._relay = new ManagedRelay(s_limits, time, NullLogger<ManagedRelay>.Instance) { Buffers = running.Pool };
            running._running = running._relay.RunAsync(
                Connection(running._tenant, running._target, head ?? [], tenantBytesInHead, running.Counters), running._abort.Token);
            return running;
        }

        public async Task EchoAsync()
        {
            var buffer = new byte[4];
            await Tenant.SendAsync("ping"u8.ToArray());
            await Target.ReceiveExactlyAsync(buffer);
            await Target.SendAsync(buffer);
            await Tenant.ReceiveExactlyAsync(buffer);
            Assert.Equal("ping"u8.ToArray(), buffer);
            await Eventually.TrueAsync(() => Counters.BytesUp >= 4 && Counters.BytesDown >= 4, () => "not counted");
        }

        public Task AbortAsync() => _abort.CancelAsync();

        public Task<RelayResult> EndAsync() => _running!.WaitAsync(Eventually.Deadline);

        public async ValueTask DisposeAsync()
        {
            await _abort.CancelAsync();
            await EndAsync();
            _relay!.Dispose();
            _tenant!.Dispose();
            _target!.Dispose();
            _abort.Dispose();
        }
    }
}
