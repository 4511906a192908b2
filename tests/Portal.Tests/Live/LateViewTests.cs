namespace Headgate.Portal.Tests;

/// <summary>A grain shows what it wrote only after the change log could find it: what was read in between is read again.</summary>
public sealed class LateViewTests
{
    [Fact]
    public async Task Watch_WhenWhatWasWrittenIsShownLate_TellsItASecondLaterAndReadsNoMore()
    {
        await using var host = await PageHost.StartAsync();
        var view = new View();
        var told = "";
        using var watching = host.Hub.Watch(new ViewNow(view), value =>
        {
            Volatile.Write(ref told, value.Value ?? "");
            return Task.CompletedTask;
        });
        await Until.HoldsAsync(() => Volatile.Read(ref told) == "old", () => told);
        await host.Grains.GetGrain<ITenantGrain>("acme").CreateAsync(new CreateTenant("Acme", [], null, 0), default);
        var before = await SettledAsync(host, view);
        view.Shown = "new";
        host.Silo.Time.Advance(TimeSpan.FromSeconds(1));

        await Until.HoldsAsync(() => Volatile.Read(ref told) == "new", () => $"{told}, {view.Reads - before} reads");
        var after = await SettledAsync(host, view);
        host.Silo.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(after, await SettledAsync(host, view));
    }

    // How often it was read, once some rounds of the hub read it no more.
    private static async Task<int> SettledAsync(PageHost host, View view)
    {
        const string Asks = "IChangeLog.ReadAsync";
        while (true)
        {
            var (reads, asked) = (view.Reads, host.Calls[Asks]);
            await Until.HoldsAsync(() => host.Calls[Asks] >= asked + 4, () => $"Asked {host.Calls[Asks] - asked} times.");
            if (view.Reads == reads)
            {
                return reads;
            }
        }
    }

    private sealed class View
    {
        private volatile string _shown = "old";
        private int _reads;

        public string Shown
        {
            get => _shown;
            set => _shown = value;
        }

        public int Reads => Volatile.Read(ref _reads);

        public string Read()
        {
            Interlocked.Increment(ref _reads);
            return _shown;
        }
    }

    private sealed record ViewNow(View View) : LiveQuery<string>
    {
        public override bool IsTouchedBy(Change change) => change.Kind == SubjectKind.Tenant;

        public override Task<string> ReadAsync(IGrainFactory grains, CancellationToken cancellationToken) => Task.FromResult(View.Read());
    }
}
