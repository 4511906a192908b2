using Headgate.Protocol.Resume;

namespace Headgate.Protocol.Tests.Resume;

/// <summary>Both ends of one session, and the legs between them.</summary>
internal sealed class SessionPair : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    public static readonly ResumeBinding Binding = new("acme", "office", "store1", "r-label.data.example.test");
    public const ulong Epoch = 77;

    private readonly List<Cable> _cables = [];
    private readonly ResumeLimits _limits;
    private readonly TimeProvider _time;

    private SessionPair(ResumeLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
    }

    public ResumeSession Client { get; private set; } = null!;

    public ResumeSession Server { get; private set; } = null!;

    public ReplayBudget Budget { get; } = new(64 * 1024 * 1024);

    public Cable Cable => _cables[^1];

    public Task<LegEnd> ClientRun { get; private set; } = null!;

    public Task<LegEnd> ServerRun { get; private set; } = null!;

    public static async Task<SessionPair> OpenAsync(ResumeLimits? limits = null, TimeProvider? time = null, Cable? cable = null)
    {
        var pair = new SessionPair(limits ?? LimitsFor(time), time ?? TimeProvider.System);
        await pair.OpenAsync(cable ?? new Cable()).WaitAsync(Deadline);
        return pair;
    }

    /// <summary>By a real clock a stall of the test itself would end a leg.</summary>
    public static ResumeLimits LimitsFor(TimeProvider? time) => time is null ? new ResumeLimits { Silence = TimeSpan.FromMinutes(1) } : new ResumeLimits();

    /// <summary>Carries the session on over another cable.</summary>
    /// <returns>False when the cable was cut before both had agreed.</returns>
    public async Task<bool> ResumeAsync(Cable? cable = null)
    {
        _cables.Add(cable ?? new Cable());
        var serving = ServeAsync(Cable);
        try
        {
            await ResumeClient.ResumeAsync(Client, Cable.Client, CancellationToken.None).WaitAsync(Deadline);
        }
        catch (IOException lost) when (lost is not ResumeResetException)
        {
            Cable.Cut();
            await serving.WaitAsync(Deadline);
            return false;
        }

        ClientRun = Resume.Cable.CarryAsync(ResumeClient.RunAsync(Client, Cable.Client, CancellationToken.None), Cable.Client);
        await serving.WaitAsync(Deadline);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().AsTask().WaitAsync(Deadline);
        await Server.DisposeAsync().AsTask().WaitAsync(Deadline);
        foreach (var cable in _cables)
        {
            await cable.DisposeAsync().AsTask().WaitAsync(Deadline);
        }

        Assert.Equal(0, Budget.Held);
    }

    private async Task OpenAsync(Cable cable)
    {
        _cables.Add(cable);
        var opening = ResumeClient.OpenAsync(cable.Client, Binding, 3, "nightly/42", _limits, Budget, _time, CancellationToken.None);
        var hello = Assert.IsType<ResumeHello.Open>(await ResumeServer.ReadHelloAsync(cable.Server, CancellationToken.None));
        Assert.Equal((3u, "nightly/42"), (hello.Stream, hello.Run));
        Server = (await ResumeServer.AcceptAsync(cable.Server, hello, Binding, Epoch, _limits, Budget, _time, null, CancellationToken.None))!;
        Client = await opening;
        ServerRun = Resume.Cable.CarryAsync(ResumeServer.RunAsync(Server, cable.Server, CancellationToken.None), cable.Server);
        ClientRun = Resume.Cable.CarryAsync(ResumeClient.RunAsync(Client, cable.Client, CancellationToken.None), cable.Client);
    }

    private async Task ServeAsync(Cable cable)
    {
        try
        {
            var hello = Assert.IsType<ResumeHello.Resume>(await ResumeServer.ReadHelloAsync(cable.Server, CancellationToken.None));
            if (await ResumeServer.AttachAsync(Server, cable.Server, hello, Binding, Epoch, CancellationToken.None) is null)
            {
                ServerRun = Resume.Cable.CarryAsync(ResumeServer.RunAsync(Server, cable.Server, CancellationToken.None), cable.Server);
            }
        }
        catch (IOException)
        {
            // Cut before RESUME came, or before RESUMED went.
        }
    }
}
