using System.Text;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>A connector's end of one session to a repository, whose legs the test cuts and brings back.</summary>
internal sealed class TestSession : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);
    private readonly List<TestLeg> _legs = [];

    private TestSession(TestRepository repository, string route, ProgramIdentity identity, ResumeSession session, TestLeg leg)
    {
        (Repository, Route, Identity, Session) = (repository, route, identity, session);
        Http = new PipeStream(session.Application);
        Begin(leg);
    }

    public TestRepository Repository { get; }

    public string Route { get; }

    public ProgramIdentity Identity { get; }

    public ResumeSession Session { get; }

    /// <summary>HTTP goes here.</summary>
    public Stream Http { get; }

    /// <summary>A stall of the test itself ends no leg: nobody would come back by himself.</summary>
    public static ResumeLimits Patient { get; } = new() { Silence = TimeSpan.FromMinutes(1) };

    /// <summary>The newest leg.</summary>
    public TestLeg Leg => _legs[^1];

    public static async Task<TestSession> OpenAsync(
        TestRepository repository,
        string? route = null,
        ProgramIdentity? identity = null,
        ResumeLimits? limits = null,
        Func<Task<TestLeg>>? dial = null,
        uint stream = 1)
    {
        route ??= repository.OpenRoute();
        identity ??= repository.Connector();
        var leg = await (dial is null ? TestLeg.DialAsync(repository, route, identity) : dial());
        using var deadline = new CancellationTokenSource(s_deadline);
        try
        {
            var session = await ResumeClient.OpenAsync(
                leg.Leg, Binding(route, identity), stream, "daily/1", limits ?? Patient, new ReplayBudget(64 << 20), TimeProvider.System, deadline.Token);
            return new TestSession(repository, route, identity, session, leg);
        }
        catch
        {
            await leg.DisposeAsync();
            throw;
        }
    }

    public static ResumeBinding Binding(string route, ProgramIdentity identity)
    {
        var parts = identity.Identity.Id.Split('/');
        return new ResumeBinding(parts[0], parts[1], "repo1", route);
    }

    /// <summary>Cuts the present leg, and waits until both ends know.</summary>
    public async Task CutAsync()
    {
        // RESUMED comes before the repository has counted that the session goes on.
        await Wait.ForAsync(
            () => Rig.Table(Repository).Find(Session.Id) is { } there && there.Session.Legs == Session.Legs && there.Session.IsAttached, "the repository carries the leg");
        var before = Repository.Metrics["sessions.suspended"];
        Leg.Cut();
        Assert.Equal(LegEnd.Lost, await Leg.Run!.WaitAsync(s_deadline));
        await Wait.ForAsync(() => Repository.Metrics["sessions.suspended"] == before + 1, $"the session is suspended, seen {Repository.Metrics}");
    }

    /// <summary>Comes back on another connection.</summary>
    public async Task ResumeAsync(Func<Task<TestLeg>>? dial = null)
    {
        var leg = await (dial is null ? TestLeg.DialAsync(Repository, Route, Identity) : dial());
        using var deadline = new CancellationTokenSource(s_deadline);
        try
        {
            await ResumeClient.ResumeAsync(Session, leg.Leg, deadline.Token);
        }
        catch
        {
            await leg.DisposeAsync();
            throw;
        }

        Begin(leg);
    }

    public async Task SendAsync(string head) => await Http.WriteAsync(Encoding.Latin1.GetBytes(head));

    /// <summary>Sends a request without a body and reads the answer's head.</summary>
    public Task<string> AskAsync(string request) => Raw.AskAsync(Http, request + " HTTP/1.1\r\nHost: x\r\n\r\n");

    /// <summary>Ends our direction, reads what comes, and waits for the end of the session.</summary>
    public async Task<SessionEnd> CloseAsync()
    {
        await Session.Application.Output.CompleteAsync();
        Assert.True(await Raw.IsEndedAsync(Http));
        await Session.Application.Input.CompleteAsync();
        return await Session.Ended.WaitAsync(s_deadline);
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        foreach (var leg in _legs)
        {
            await leg.DisposeAsync();
        }
    }

    private void Begin(TestLeg leg)
    {
        _legs.Add(leg);
        leg.Run = ResumeClient.RunAsync(Session, leg.Leg, CancellationToken.None);
    }
}
