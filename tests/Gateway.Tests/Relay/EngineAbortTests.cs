using System.Net.Sockets;
using Headgate.Gateway.Limits;
using Headgate.Gateway.Listening;
using Headgate.Gateway.Relay;
using Headgate.Gateway.Tests.Support;
using Headgate.Protocol.Edge;

namespace Headgate.Gateway.Tests.Relay;

/// <summary>When a route, a target or everything is taken away, connections end at whatever they are.</summary>
public sealed class EngineAbortTests
{
    private const int SmallBuffer = 16 * 1024;
    private static readonly string s_unknown = EngineUnderTest.Name("late");

    /// <summary>What a connection is at.</summary>
    public enum At
    {
        /// <summary>It has said nothing.</summary>
        Hello,

        /// <summary>The silo was asked, and does not answer.</summary>
        Route,

        /// <summary>The target neither takes the connection nor refuses it.</summary>
        Dial,

        /// <summary>Bytes may flow.</summary>
        Relay,

        /// <summary>The target reads no more, and bytes wait for it.</summary>
        Blocked,

        /// <summary>It was told why not, and does not close.</summary>
        Refused,
    }

    /// <summary>By what connections are ended.</summary>
    public enum By
    {
        Name,
        Target,
        All,
    }

    public static TheoryData<RelayEngine, At, By> All
    {
        get
        {
            var all = new TheoryData<RelayEngine, At, By>();
            foreach (var at in Enum.GetValues<At>())
            {
                foreach (var by in Enum.GetValues<By>())
                {
                    all.Add(RelayEngine.Epoll, at, by);
                    all.Add(RelayEngine.Managed, at, by);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Abort_WhateverTheConnectionIsAt_EndsWhatItNames(RelayEngine kind, At at, By by)
    {
        // The clock stands still: no limit of time ends anything.
        using var stuck = new StuckTarget();
        await using var engine = EngineUnderTest.Start(kind, new ManualTimeProvider(), SmallBuffer, stuck: stuck, tenants: [("acme", null)]);
        engine.Silo.IsAway = false;
        engine.Silo.LookUpGate = new TaskCompletionSource();
        engine.Silo.Routes[s_unknown] = new GatewayRoute(s_unknown, "repo1", "acme", new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var pair = await BringAsync(engine, at);
        var name = at switch
        {
            At.Route => s_unknown,
            At.Dial => EngineUnderTest.Name("stuck"),
            _ => EngineUnderTest.Name("acme"),
        };
        var named = by switch
        {
            By.Name => engine.Live.Abort([name]),
            By.Target => engine.Live.AbortTargets([at == At.Dial ? "stuck" : "repo1"]),
            _ => engine.Live.AbortAll(),
        };
        await engine.SettleAsync();
        var isNamed = by == By.All || (by == By.Name && at is At.Route or At.Dial or At.Relay or At.Blocked) || (by == By.Target && at is At.Dial or At.Relay or At.Blocked);
        Assert.Equal(isNamed ? 1 : 0, named);
        if (!isNamed)
        {
            Assert.Single(engine.Live.List());
            Assert.Equal(0, engine.Counters.RefusedFor(Refusal.Ended));
            Assert.Equal(1, engine.Live.AbortAll());
        }

        await engine.Live.WaitForNoneAsync(CancellationToken.None).WaitAsync(Eventually.Deadline);

        // The managed engine takes what the next connection needs before it accepts; pipes are kept for a while.
        var kept = kind == RelayEngine.Managed ? DescriptorBudget.PerConnection : 2 * engine.Epoll.Pipes;
        await Eventually.EqualAsync(kept, () => engine.Budget.Taken);
        if (at is At.Relay or At.Blocked)
        {
            Assert.Equal(RelayEnd.Aborted, (await engine.EndAsync()).End);
            await Streams.AssertResetAsync(pair.Target);
        }
        else
        {
            // One that was refused is counted by why it was.
            Assert.Equal(at == At.Refused ? 0 : 1, engine.Counters.RefusedFor(Refusal.Ended));
        }

        if (at != At.Refused)
        {
            await Streams.AssertResetAsync(pair.Tenant);
        }

        // An answer that comes too late leads nobody anywhere: the next one at the target is the next one that came.
        engine.Silo.LookUpGate.SetResult();
        using var next = await engine.RelayAsync(EngineUnderTest.Name("acme"));
        await next.EchoAsync();
    }

    private static async Task<RelayedPair> BringAsync(EngineUnderTest engine, At at)
    {
        if (at is At.Relay or At.Blocked)
        {
            var pair = await engine.RelayAsync(EngineUnderTest.Name("acme"), SmallBuffer);
            await pair.EchoAsync();
            if (at == At.Blocked)
            {
                await Streams.FillAsync(pair.Tenant);
            }

            return pair;
        }

        var tenant = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await tenant.ConnectAsync(engine.EndPoint);
        switch (at)
        {
            case At.Route:
                await tenant.SendAsync(new HelloBuilder().Name(s_unknown).Record());
                break;
            case At.Dial:
                await tenant.SendAsync(new HelloBuilder().Name(EngineUnderTest.Name("stuck")).Record());
                break;
            case At.Refused:
                await tenant.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
                await tenant.ReceiveExactlyAsync(new byte[TlsAlert.Bytes]);
                break;
            default:
                break;
        }

        var stage = at == At.Refused ? null : at.ToString().ToLowerInvariant();
        await Eventually.TrueAsync(
            () => engine.Live.List() is [var one] && (stage is null || one.Stage == stage) && (at != At.Route || !engine.Silo.LookedUp.IsEmpty),
            () => string.Join('\n', engine.Live.List()));
        return new RelayedPair(tenant, tenant, 0);
    }
}
