using System.Net;
using System.Security.Cryptography;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>The real program over real TLS: what breaks the protocol ends its own session, by a reason that the log names, while another tenant's goes on.</summary>
public sealed class HostileProcessTests : IAsyncDisposable
{
    private readonly Dictionary<string, int> _seen = [];
    private World _world = null!;
    private RepositoryProcess _process = null!;
    private Bystander _bystander = null!;
    private string _foreignRoute = "";
    private string _secondRoute = "";
    private string _thirdRoute = "";

    [Fact]
    public async Task Session_WhenItsPeerBreaksTheProtocol_EndsForThatReasonAlone()
    {
        await StartAsync();
        foreach (var (name, fault, act) in BadInput.All)
        {
            await using var peer = await OpenAsync();
            await act(peer);
            if (fault is not (ResumeFault.OffsetOutside or ResumeFault.HashMismatch))
            {
                var (told, _) = await peer.ReadResetAsync();
                Assert.True(told == fault, $"{name}: {told}");
            }

            await LogsAsync($" ended: {BadInput.Reason(fault)}, after ", name);
            await _bystander.GoesOnAsync();
        }

        await EndAsync();
    }

    [Fact]
    public async Task Leg_WhenItIsForgedOrReplayed_IsRefusedAndTheSessionGoesOn()
    {
        await StartAsync();
        await using var victim = await OpenAsync();
        const string Request = "POST /host1/?create=true HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n";
        await victim.WriteAsync(RawFrames.OfData(0, Request));
        var mine = victim.Owner;
        var foreign = TestSession.Binding(_foreignRoute, _world.Connector("other/host1"));
        var forged = RandomNumberGenerator.GetBytes(32);
        (string Route, string Connector, byte[] Frame, RefusalCode Code, string Reason)[] legs =
        [
            (_foreignRoute, "other/host1", RawFrames.OfResume(foreign, victim.Secret, victim.Id, victim.Epoch, 2), RefusalCode.NotYours, "not-yours"),
            (_foreignRoute, "other/host1", victim.Resume(2), RefusalCode.NotYours, "not-yours"),
            (_world.Route, "acme/host2", victim.Resume(2), RefusalCode.NotYours, "not-yours"),
            (_secondRoute, "acme/host1", victim.Resume(2), RefusalCode.NotYours, "not-yours"),
            (_world.Route, "acme/host1", RawFrames.OfResume(mine, forged, victim.Id, victim.Epoch, 2), RefusalCode.BadMac, "bad-mac"),
            (_world.Route, "acme/host1", [.. victim.Resume(2)[..^1], (byte)(victim.Resume(2)[^1] ^ 1)], RefusalCode.BadMac, "bad-mac"),
            (_world.Route, "acme/host1", RawFrames.OfResume(mine, victim.Secret, victim.Id ^ 1, victim.Epoch, 2), RefusalCode.UnknownSession, "unknown-session"),
            (_world.Route, "acme/host1", RawFrames.OfResume(mine, victim.Secret, victim.Id, victim.Epoch ^ 1, 2), RefusalCode.WrongEpoch, "wrong-epoch"),
            (_world.Route, "acme/host1", victim.Resume(1), RefusalCode.OldLeg, "old-leg"),
            (_world.Route, "acme/host1", victim.Resume(0), RefusalCode.OldLeg, "old-leg"),
        ];
        foreach (var (route, connector, frame, code, reason) in legs)
        {
            await using var tls = await _world.ConnectAsync(_process.Port, route, _world.Connector(connector));
            await tls.WriteAsync(frame);
            var (answer, sentence) = await RawFrames.ReadRefusalAsync(tls);
            Assert.Equal(code, answer);
            Assert.True(sentence.Length > 20, sentence);
            await LogsAsync($" was refused: {reason}", reason);
            await _bystander.GoesOnAsync();
        }

        foreach (var frame in (byte[][])[[99, 0, 0, 0], [RawFrames.Open, 255, 255, 255], [RawFrames.Resume, 0, 0, 2, 1, 1], RawFrames.OfData(0, "GET / HTTP/1.1\r\n\r\n")])
        {
            await using var tls = await _world.ConnectAsync(_process.Port, _world.Route, _world.Connector());
            await tls.WriteAsync(frame);
            Assert.True(await Raw.IsEndedAsync(tls));
            await LogsAsync(" was refused: hello-malformed", "a first frame that is none");
        }

        // The victim's own leg was never touched.
        await victim.WriteAsync(RawFrames.OfData(Request.Length, "\r\n"));
        Assert.StartsWith("HTTP/1.1 200 ", await victim.ReadHeadAsync(), StringComparison.Ordinal);
        await EndAsync();
    }

    [Fact]
    public async Task Peer_WhenItNeverAcknowledgesOrNeverSpeaks_IsEndedWithinTheWait()
    {
        await StartAsync("--session-wait", "15s", "--session-memory", "16MiB");
        var blob = Blob.Random(24 << 20);
        using (var client = _world.Client(_process.Port))
        {
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/?create=true", null)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("host1/data/" + blob.Name, blob.Body)).StatusCode);
        }

        await using var greedy = await OpenAsync();
        await greedy.WriteAsync(RawFrames.OfData(0, $"GET /host1/data/{blob.Name} HTTP/1.1\r\nHost: x\r\n\r\n"));
        var (fault, sentence) = await ReadWhileAliveAsync(greedy);
        Assert.True(fault == ResumeFault.Stalled && sentence.Length > 20, $"{fault} {sentence}");
        await LogsAsync(" ended: stalled, after ", "who never acknowledges");
        await _bystander.GoesOnAsync();

        // As much as a session may hold, and the frames on their way.
        Assert.InRange(greedy.Received, 1 << 20, 12 << 20);

        await using var mute = await OpenAsync();
        await mute.WriteAsync(RawFrames.OfData(0, "HEAD /config HTTP/1.1\r\n"));
        await LogsAsync(" ended: expired, after ", "who never speaks");
        await _bystander.GoesOnAsync();
        await EndAsync();
    }

    [Fact]
    public async Task Open_WhenALimitIsReached_IsRefusedWithTheNumberAndTheOption()
    {
        await StartAsync("--sessions-per-tenant", "2", "--session-memory", "1MiB");
        await using var first = await OpenAsync();
        await using var second = await OpenAsync(2);
        await RefusedAsync(
            _world.Route, "acme/host1", RefusalCode.TooManySessions,
            "Tenant acme has 2 resumable streams on this repository, as many as there may be (2, set by --sessions-per-tenant). Run fewer jobs at once, or wait for one to end.");
        await using var third = await OpenAsync(2, _foreignRoute, "other/host1");
        await RefusedAsync(
            _thirdRoute, "third/host1", RefusalCode.NoRoom,
            "The repository holds 4 resumable streams, as many as its 1.0 MiB for them allow (set by --session-memory). Wait for one to end, or ask your service provider for more.");
        await LogsAsync(" was refused: too-many-sessions", "the tenant's limit");
        await LogsAsync(" was refused: no-room", "the host's limit");
        await EndAsync();

        async Task RefusedAsync(string route, string connector, RefusalCode code, string sentence)
        {
            await using var tls = await _world.ConnectAsync(_process.Port, route, _world.Connector(connector));
            await tls.WriteAsync(RawFrames.OfOpen(9));
            Assert.Equal((code, sentence), await RawFrames.ReadRefusalAsync(tls));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _world.DisposeAsync();
    }

    private async Task StartAsync(params string[] options)
    {
        _world = await World.CreateAsync();
        (_foreignRoute, _secondRoute, _thirdRoute) = (_world.AddRoute("other"), _world.AddRoute("acme"), _world.AddRoute("third"));
        _process = await RepositoryProcess.StartAsync(_world.Run(["--code", _world.Silo.Code(), .. options]));
        var them = _world.Connector("other/host1");
        _bystander = await Bystander.BeginAsync(await _world.ConnectAsync(_process.Port, _foreignRoute, them), _foreignRoute, them);
        await _bystander.GoesOnAsync();
    }

    private Task<RawPeer> OpenAsync(uint stream = 1, string? route = null, string connector = "acme/host1")
    {
        var (name, identity) = (route ?? _world.Route, _world.Connector(connector));
        return RawPeer.OpenAsync(() => _world.ConnectAsync(_process.Port, name, identity), name, identity, stream);
    }

    /// <summary>Waits until the log has one more line with these words.</summary>
    private async Task LogsAsync(string words, string what)
    {
        var wanted = _seen[words] = _seen.GetValueOrDefault(words) + 1;
        await Wait.ForAsync(() => _process.Output.Split(words).Length - 1 >= wanted, $"{what}: the log says '{words}', seen {_process.Output}");
        Assert.Equal(wanted, _process.Output.Split(words).Length - 1);
    }

    /// <summary>Asks for signs of life and acknowledges nothing, until the repository has enough of that.</summary>
    private static async Task<(ResumeFault Fault, string Sentence)> ReadWhileAliveAsync(RawPeer peer)
    {
        using var stop = new CancellationTokenSource();
        var asking = AskAsync();
        try
        {
            return await peer.ReadResetAsync();
        }
        finally
        {
            await stop.CancelAsync();
            await asking;
        }

        async Task AskAsync()
        {
            try
            {
                while (true)
                {
                    await peer.WriteAsync(RawFrames.OfNumber(RawFrames.Ping, 1));
                    await Task.Delay(200, stop.Token);
                }
            }
            catch (Exception end) when (end is OperationCanceledException or IOException)
            {
                // Reset, or enough.
            }
        }
    }

    /// <summary>The bystander saw nothing, and the program ends in order.</summary>
    private async Task EndAsync()
    {
        await _bystander.GoesOnAsync(2);
        await _bystander.DisposeAsync();
        Assert.DoesNotContain("fail:", _process.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _process.StopAsync());
    }
}
