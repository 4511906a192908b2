using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Tests.Resume;

public sealed class CopyRunTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Stream_WhileNothingFails_CarriesRequestsBothWaysOverTheFirstGateway()
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        await using (var tool = await fixture.ConnectAsync())
        {
            await fixture.UploadAsync(tool, 3 * MiB);
            await fixture.DownloadAsync(tool, 3 * MiB);
        }

        await EndedAsync(fixture, SessionEndKind.Completed);
        Assert.Equal([1, 0], fixture.World.Gateways.Select(gateway => gateway.Accepted));
        var step = Assert.Single(fixture.Record.Path());
        Assert.Equal(("gtw1", 1, PathReasons.First, null), (step.Gateway, step.Connections, step.Reason, step.After));
        Assert.True(step.BytesUp > 3 * MiB && step.BytesDown > 3 * MiB, step.ToString());
        Assert.Equal((1u, "nightly/7"), (Assert.Single(fixture.Peer.Opened).Stream, fixture.Peer.Opened.First().Run));
        Assert.Equal(0, fixture.Record.Resumes.Count);
        Assert.Empty(fixture.Said);
        Assert.False(fixture.Record.NetworkFailed);
    }

    [Fact]
    public async Task Stream_WhenItsToolEndsSending_StillGetsTheAnswer()
    {
        await using var fixture = await CopyFixture.StartAsync(1);
        await using var tool = await fixture.ConnectAsync();
        await fixture.AskAsync(tool, "GET", "/100000");
        tool.Socket.Shutdown(SocketShutdown.Send);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var all = new MemoryStream();
        await tool.CopyToAsync(all, limit.Token);
        Assert.EndsWith(Encoding.Latin1.GetString(ResumePeer.Bytes(100_000)), Encoding.Latin1.GetString(all.ToArray()), StringComparison.Ordinal);
        await EndedAsync(fixture, SessionEndKind.Completed);
    }

    [Fact]
    public async Task Stream_WhenItsToolResets_IsResetAtTheRepository()
    {
        await using var fixture = await CopyFixture.StartAsync(1);
        var tool = await fixture.ConnectAsync();
        await fixture.DownloadAsync(tool, 10);
        Headgate.Protocol.Sockets.SocketReset.Close(tool.Socket);
        await EndedAsync(fixture, SessionEndKind.ResetByPeer);
        Assert.False(fixture.Record.NetworkFailed);
    }

    [Fact]
    public async Task Stream_WhenItsGatewayDies_GoesOnOverTheNextAndTheUserReadsIt()
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        await using var tool = await fixture.ConnectAsync();
        await fixture.UploadAsync(tool, 4 * MiB, async part =>
        {
            if (part == 7)
            {
                await fixture.ReceivedAsync(MiB);
                fixture.World.Gateways[0].Die();
            }
        });

        Assert.Equal(
            [("gtw1", PathReasons.First, null), ("gtw2", PathReasons.Closed, "gtw1")], fixture.Record.Path().Select(step => (step.Gateway, step.Reason!, step.After)));
        Assert.Matches(@"^run 7 of job nightly moved from gtw1 to gtw2 after a gap of \d+\.\d s$", Assert.Single(fixture.Said));
        var (count, gaps, longest) = fixture.Record.Resumes;
        Assert.Equal((1, gaps), (count, longest));
        Assert.False(fixture.Record.NetworkFailed);
        Assert.Single(fixture.Peer.Sessions);
    }

    [Fact]
    public async Task Stream_WhenOnlyItsConnectionBreaks_GoesOnOverTheSameGatewayAndNothingIsSaid()
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        await using var tool = await fixture.ConnectAsync();
        for (var round = 1; round <= 4; round++)
        {
            // A gateway is asked again at once if something came over it: here that is certain.
            await fixture.DownloadAsync(tool, 100);
            await fixture.UploadAsync(tool, MiB, async part =>
            {
                if (part == 7)
                {
                    fixture.World.Gateways[0].Drop();
                    await Until.TrueAsync(() => fixture.Record.Resumes.Count == round, () => $"{fixture.Record.Resumes}, {string.Join(' ', fixture.Said)}");
                }
            });
        }

        Assert.Equal(0, fixture.World.Gateways[1].Accepted);
        Assert.Equal(5, fixture.World.Gateways[0].Accepted);
        Assert.Empty(fixture.Said);
    }

    [Fact]
    public async Task Stream_WhenItsGatewayFallsSilent_GoesOnOverTheNextWithoutAskingItAgain()
    {
        var clock = World.StillClock();
        await using var fixture = await CopyFixture.StartAsync(2, clock);
        await using var tool = await fixture.ConnectAsync();
        await fixture.UploadAsync(tool, 4 * MiB, async part =>
        {
            if (part == 7)
            {
                await fixture.ReceivedAsync(MiB);
                fixture.World.Gateways[0].IsFrozen = true;
            }
            else if (part == 8)
            {
                await Until.TrueAsync(() => IsLeft(), () => $"{clock.GetUtcNow():u}");
            }
        });
        Assert.Equal([1, 1], fixture.World.Gateways.Select(gateway => gateway.Accepted));

        // What it held comes now, to a leg that is no longer there.
        fixture.World.Gateways[0].IsFrozen = false;
        await fixture.UploadAsync(tool, MiB);
        await fixture.DownloadAsync(tool, MiB);

        bool IsLeft()
        {
            if (fixture.Order.InOrder()[0].Gateway != "gtw1")
            {
                return true;
            }

            clock.Advance(CopyFixture.Quick.Session.Silence / 4);
            return false;
        }
    }

    [Fact]
    public async Task Streams_WhenTheyLoseOneGatewayTogether_AskItOnceAndMoveTogether()
    {
        await using var fixture = await CopyFixture.StartAsync(3);
        var tools = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.ConnectAsync()));
        await Task.WhenAll(tools.Select(tool => fixture.DownloadAsync(tool, 100)));
        fixture.World.Gateways[0].Mode = GatewayMode.Reset;
        fixture.World.Gateways[0].Drop();
        await Task.WhenAll(tools.Select(tool => fixture.DownloadAsync(tool, 200_000)));
        await Until.TrueAsync(() => fixture.Record.Resumes.Count == 8, () => $"{fixture.Record.Resumes}");

        Assert.Equal([9, 8, 0], fixture.World.Gateways.Select(gateway => gateway.Accepted));
        Assert.Single(fixture.Said);
        foreach (var tool in tools)
        {
            await tool.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stream_WhenNoGatewayIsLeft_WaitsForTheListThatBringsOne()
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        fixture.Order.Begin(new GatewayList(1, false, [fixture.World.Entry(0, 1)]));
        await using var tool = await fixture.ConnectAsync();
        await fixture.DownloadAsync(tool, 100);
        fixture.World.Gateways[0].Die();
        fixture.OnRefresh = () => new GatewayList(2, false, [fixture.World.Entry(1, 1)]);
        await fixture.UploadAsync(tool, MiB);
        Assert.Equal(["gtw1", "gtw2"], fixture.Record.Path().Select(step => step.Gateway));
    }

    [Fact]
    public async Task Open_WhenNoGatewayAnswers_WaitsForOneAndTheToolSeesNothing()
    {
        await using var fixture = await CopyFixture.StartAsync(1);
        fixture.World.Gateways[0].Mode = GatewayMode.Reset;
        await using var tool = await fixture.ConnectAsync();
        var asking = fixture.DownloadAsync(tool, 1000);
        await Until.TrueAsync(() => fixture.World.Gateways[0].Accepted > 3, () => $"{fixture.World.Gateways[0].Accepted} dials");
        Assert.False(asking.IsCompleted);
        fixture.World.Gateways[0].Mode = GatewayMode.Relay;
        await asking;
        Assert.False(fixture.Record.NetworkFailed);
    }

    [Fact]
    public async Task Open_WhenNoGatewayAnswersUntilItsWaitIsOver_GetsASentenceThatNamesEach()
    {
        var clock = World.StillClock();
        await using var fixture = await CopyFixture.StartAsync(2, clock);
        fixture.World.Gateways[0].Die();
        fixture.World.Gateways[1].Mode = GatewayMode.Reset;
        var asking = FirstLineAsync(fixture);
        await PassPauseAsync(clock, CopyFixture.Quick.Session.Wait);
        var line = await asking;
        Assert.StartsWith("HTTP/1.1 503 No gateway answers for repository nas1. Tried gtw1 ", line, StringComparison.Ordinal);
        Assert.Contains("connection refused; gtw2 ", line, StringComparison.Ordinal);
        Assert.True(fixture.Record.NetworkFailed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_WhenTheRepositoryDoesNotKnowTheProtocol_IsRefusedInWords(bool selectsAnother)
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        fixture.Peer.Protocols.Clear();
        if (selectsAnother)
        {
            fixture.Peer.Protocols.Add(SslApplicationProtocol.Http11);
        }

        Assert.StartsWith("HTTP/1.1 403 Repository nas1 does not know headgate-resume/1", await FirstLineAsync(fixture), StringComparison.Ordinal);
        Assert.Contains("--kind backup", fixture.Record.Refusal, StringComparison.Ordinal);
        Assert.True(fixture.Record.Refused.IsCancellationRequested);
        Assert.Equal(0, fixture.World.Gateways[1].Accepted);
    }

    [Theory]
    [InlineData(RefusalCode.Version, "HTTP/1.1 403 Repository nas1 speaks another version of headgate-resume/1: A sentence")]
    [InlineData(RefusalCode.Ended, "HTTP/1.1 503 A sentence of the repository.")]
    [InlineData(RefusalCode.TooManySessions, "HTTP/1.1 503 A sentence of the repository.")]
    public async Task Open_WhenTheRepositoryRefusesIt_TheToolIsToldItsSentence(RefusalCode code, string answer)
    {
        var clock = World.StillClock();
        await using var fixture = await CopyFixture.StartAsync(2, clock);
        fixture.Peer.RefusesOpen = code;
        var asking = FirstLineAsync(fixture);
        if (code == RefusalCode.TooManySessions)
        {
            await PassPauseAsync(clock, TimeSpan.FromSeconds(1));
            await PassPauseAsync(clock, CopyFixture.Quick.Room);
        }

        Assert.StartsWith(answer, await asking, StringComparison.Ordinal);
        Assert.Equal(code == RefusalCode.Version, fixture.Record.Refusal is not null);
        Assert.Equal(0, fixture.World.Gateways[1].Accepted);
        Assert.Equal(code == RefusalCode.TooManySessions, fixture.World.Gateways[0].Accepted > 1);
    }

    [Theory]
    [InlineData(RefusalCode.UnknownSession)]
    [InlineData(RefusalCode.WrongEpoch)]
    [InlineData(RefusalCode.Ended)]
    public async Task Stream_WhenTheRepositoryNoLongerKnowsIt_ResetsItsToolAndCountsAsLost(RefusalCode code)
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        await using var tool = await fixture.ConnectAsync();
        await fixture.DownloadAsync(tool, 100);
        fixture.Peer.RefusesResume = code;
        fixture.World.Gateways[0].Drop();
        var fault = await Assert.ThrowsAsync<IOException>(async () => await tool.ReadExactlyAsync(new byte[1]));
        Assert.Equal(SocketError.ConnectionReset, (fault.InnerException as SocketException)?.SocketErrorCode);
        Assert.Equal(1, fixture.Record.ConnectionsLost);
        Assert.Null(fixture.Record.Refusal);

        // The tool's next connection is a session of its own.
        fixture.Peer.RefusesResume = null;
        await using var next = await fixture.ConnectAsync();
        await fixture.DownloadAsync(next, 100);
    }

    [Fact]
    public async Task Stream_WhenAPlaintextAlertIsWrittenIntoIt_GoesOn()
    {
        await using var fixture = await CopyFixture.StartAsync(2);
        fixture.World.Gateways[0].Mode = GatewayMode.AlertAfterHandshake;
        await using var tool = await fixture.ConnectAsync();
        await fixture.UploadAsync(tool, MiB);
        Assert.Null(fixture.Record.Refusal);
        Assert.False(fixture.Record.NetworkFailed);
        Assert.Equal("gtw2", Assert.Single(fixture.Record.Path()).Gateway);
    }

    [Fact]
    public async Task Streams_WhileGatewaysAreDisturbedAtRandom_LoseNothing()
    {
        await using var fixture = await CopyFixture.StartAsync(3);
        var random = new Random(11);
        using var over = new CancellationTokenSource();
        var disturbing = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var before = Moved(fixture);
                fixture.World.Gateways[random.Next(3)].Drop();
                await Task.Delay(random.Next(20, 150));

                // What is disturbed again before anything came through gets nowhere on a slow machine.
                await Until.TrueAsync(() => over.IsCancellationRequested || Moved(fixture) > before + MiB, () => $"{Moved(fixture) - before} bytes moved");
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ =>
        {
            await using var tool = await fixture.ConnectAsync();
            for (var round = 0; round < 4 || (round < 100 && fixture.Record.Resumes.Count == 0); round++)
            {
                await fixture.UploadAsync(tool, 2 * MiB);
                await fixture.DownloadAsync(tool, 2 * MiB);
            }
        }));
        await over.CancelAsync();
        await disturbing;
        Assert.NotEqual(0, fixture.Record.Resumes.Count);
        Assert.Equal(0, fixture.Record.ConnectionsLost);
    }

    [Fact]
    public async Task Dispose_WhileAStreamHasNoGateway_EndsIt()
    {
        var fixture = await CopyFixture.StartAsync(2);
        await using var tool = await fixture.ConnectAsync();
        await fixture.DownloadAsync(tool, 100);
        fixture.World.Gateways[1].Mode = GatewayMode.Reset;
        fixture.World.Gateways[0].Die();
        await Until.TrueAsync(() => fixture.World.Gateways[1].Accepted > 2, () => "no search");
        await fixture.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<IOException>(async () => await tool.ReadExactlyAsync(new byte[1]));
    }

    private static long Moved(CopyFixture fixture) => fixture.Peer.Sessions.Sum(session => session.Received + session.Acknowledged);

    // Between two rounds.
    private static async Task PassPauseAsync(ManualTimeProvider clock, TimeSpan by)
    {
        await Until.TrueAsync(() => clock.NextIn <= 2 * CopyFixture.Quick.LongestPause, () => $"the next is due in {clock.NextIn}");
        clock.Advance(by);
    }

    private static async Task<string> FirstLineAsync(CopyFixture fixture)
    {
        await using var tool = await fixture.ConnectAsync();
        await fixture.AskAsync(tool, "GET", "/1");
        using var reader = new StreamReader(tool);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await reader.ReadLineAsync(limit.Token) ?? "";
    }

    private static async Task EndedAsync(CopyFixture fixture, SessionEndKind kind)
    {
        var end = await fixture.Peer.Sessions.Single().Ended.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(kind, end.Kind);
    }
}
