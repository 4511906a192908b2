using System.Diagnostics;
using System.Net.Sockets;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>A torn backup must never look complete, nor go on looking alive: a reset is passed on as one, at once, whatever the streams are at.</summary>
public sealed class EngineResetTests
{
    private const int Rounds = 9;
    private const int SmallBuffer = 16 * 1024;
    private static readonly TimeSpan s_promptly = TimeSpan.FromMilliseconds(200);

    /// <summary>What the connection is at when one side quits.</summary>
    public enum At
    {
        /// <summary>Nothing moves.</summary>
        Idle,

        /// <summary>Bytes flow to the side that quits.</summary>
        Receiving,

        /// <summary>Bytes flow from the side that quits.</summary>
        Sending,

        /// <summary>The other side takes no more, and bytes wait for it.</summary>
        Blocked,

        /// <summary>The side that quits has ended its stream before.</summary>
        AfterItsEnd,

        /// <summary>The other side has ended its stream before.</summary>
        AfterTheOthersEnd,
    }

    public static TheoryData<RelayEngine, bool, At> All
    {
        get
        {
            var all = new TheoryData<RelayEngine, bool, At>();
            foreach (var at in Enum.GetValues<At>())
            {
                all.Add(RelayEngine.Epoll, true, at);
                all.Add(RelayEngine.Epoll, false, at);
                all.Add(RelayEngine.Managed, true, at);
                all.Add(RelayEngine.Managed, false, at);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Reset_OfOneSide_ReachesTheOtherPromptlyAsAReset(RelayEngine kind, bool isTenant, At at)
    {
        // The clock stands still, so that no look of now and then can be what finds the reset; the managed engine's may, within the same time.
        var time = new ManualTimeProvider();
        int? buffers = at == At.Blocked ? SmallBuffer : null;
        await using var engine = EngineUnderTest.Start(kind, time, buffers);
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            using var pair = await engine.RelayAsync(bufferBytes: buffers);
            var (quits, stays) = isTenant ? (pair.Tenant, pair.Target) : (pair.Target, pair.Tenant);
            var seen = await PrepareAsync(pair, quits, stays, at);
            var began = Stopwatch.GetTimestamp();
            Streams.Reset(quits);
            if (kind == RelayEngine.Managed)
            {
                // Once is enough, unless the send has not begun yet; the limits are far.
                time.Advance(s_promptly);
                await Eventually.TrueAsync(
                    () =>
                    {
                        time.Advance(TimeSpan.FromMilliseconds(10));
                        return seen.IsCompleted;
                    },
                    () => "not passed on");
            }

            // A peer whose stream had ended already reads no more, and meets the reset as a broken pipe.
            Assert.Contains(await seen.WaitAsync(Eventually.Deadline), (SocketError[])[SocketError.ConnectionReset, SocketError.Shutdown]);
            var took = Stopwatch.GetElapsedTime(began);
            best = took < best ? took : best;
            Assert.Equal(isTenant ? RelayEnd.TenantReset : RelayEnd.TargetReset, (await engine.EndAsync()).End);
        }

        // The best, because the machine may be busy.
        Assert.True(best < s_promptly, $"{best} at best");
    }

    /// <summary>Brings the connection to where it shall be; the result is how the side that stays meets its end.</summary>
    private static async Task<Task<SocketError>> PrepareAsync(RelayedPair pair, Socket quits, Socket stays, At at)
    {
        switch (at)
        {
            case At.Receiving:
            case At.Sending:
                var (from, to) = at == At.Receiving ? (stays, quits) : (quits, stays);
                var sending = Task.Run(() => UntilErrorAsync(bytes => from.SendAsync(bytes)));
                var moved = new byte[1024 * 1024];
                await to.ReceiveExactlyAsync(moved);
                var receiving = Task.Run(() => UntilErrorAsync(bytes => to.ReceiveAsync(bytes)));
                return at == At.Receiving ? sending : receiving;
            case At.Blocked:
                await Streams.FillAsync(quits);
                break;
            case At.AfterItsEnd:
                await EndAsync(quits, stays);
                break;
            case At.AfterTheOthersEnd:
                await EndAsync(stays, quits);
                break;
            default:
                await pair.EchoAsync();
                break;
        }

        return Task.Run(() => stays.Poll(Eventually.Deadline, SelectMode.SelectError)
            ? (SocketError)stays.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!
            : SocketError.TimedOut);
    }

    private static async Task EndAsync(Socket ends, Socket hears)
    {
        ends.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await hears.ReceiveAsync(new byte[1]).WaitAsync(Eventually.Deadline));
    }

    private static async Task<SocketError> UntilErrorAsync(Func<byte[], Task<int>> move)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (await move(bytes) > 0)
            {
            }

            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.OperationAborted;
        }
    }
}
