using System.Diagnostics.Metrics;
using Headgate.Protocol.Edge;
using Headgate.Repository.Blobs;
using Headgate.Repository.Quota;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headgate.Repository.Tests.Support;

/// <summary>One host's accounts and the loop that asks for leases, over a desk, without connections and without a disk.</summary>
internal sealed class LeaseRig : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly LoggerFactory _loggers;
    private readonly RepositoryMetrics _metrics;
    private readonly LeaseLoop _loop;

    private LeaseRig(LeaseDesk desk, TimeProvider time, LeaseHost host, Func<RepositoryOptions, RepositoryOptions> change)
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        Metrics = new CountedMetrics(meters);
        _loggers = new LoggerFactory([Log]);
        _metrics = new RepositoryMetrics(meters);
        (Desk, Time, Host) = (desk, time, host);
        Options = change(new RepositoryOptions { DataDirectory = "unused" });
        Book = new QuotaBook(Options, _metrics, time);
        _loop = new LeaseLoop(desk, Book, host, _metrics, time, _loggers.CreateLogger<LeaseLoop>());
    }

    public LeaseDesk Desk { get; }

    public TimeProvider Time { get; }

    public LeaseHost Host { get; }

    public RepositoryOptions Options { get; }

    public QuotaBook Book { get; }

    public CountedMetrics Metrics { get; }

    public LogLines Log { get; } = new();

    public static async Task<LeaseRig> StartAsync(
        LeaseDesk? desk = null, TimeProvider? time = null, LeaseHost? host = null, Func<RepositoryOptions, RepositoryOptions>? options = null)
    {
        var rig = new LeaseRig(desk ?? new LeaseDesk(), time ?? TimeProvider.System, host ?? new LeaseHost("00000000000000aa", 1), options ?? (o => o));
        foreach (var (tenant, limit) in rig.Desk.Limits)
        {
            rig.Book.Apply(new TenantQuota(tenant, limit));
        }

        await rig._loop.StartAsync(CancellationToken.None);
        return rig;
    }

    public TenantLedger Ledger(string tenant = "acme") => Book.Of(tenant);

    /// <summary>A limit, known to both sides.</summary>
    public void SetLimit(long bytes, string tenant = "acme")
    {
        Desk.Limits[tenant] = bytes;
        Book.Apply(new TenantQuota(tenant, bytes));
    }

    public async Task<ReserveStatus> ReserveAsync(long bytes, Allowance allowance = Allowance.None, string tenant = "acme") =>
        (await Ledger(tenant).ReserveAsync(BlobType.Data, bytes, allowance, CancellationToken.None)).Status;

    /// <summary>Stores an object, on no disk.</summary>
    public async Task<ReserveStatus> StoreAsync(long bytes, Allowance allowance = Allowance.None, string tenant = "acme")
    {
        var (status, reservation) = await Ledger(tenant).ReserveAsync(BlobType.Data, bytes, allowance, CancellationToken.None);
        using (reservation)
        {
            reservation?.Settle(Key(tenant), bytes);
        }

        return status;
    }

    public void Delete(long bytes, string tenant = "acme") => Ledger(tenant).Deleted(Key(tenant), bytes);

    /// <summary>Moves a clock that stands still until something is so; loops run on other threads, so that it goes in steps.</summary>
    public async Task AdvanceUntilAsync(Func<bool> condition, string what)
    {
        var time = (ManualTimeProvider)Time;
        await Wait.ForAsync(
            () =>
            {
                if (condition())
                {
                    return true;
                }

                time.Advance(TimeSpan.FromMilliseconds(500));
                return false;
            },
            what);
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.StopAsync(CancellationToken.None);
        Assert.Null(_loop.ExecuteTask!.Exception);
        _loop.Dispose();
        Metrics.Dispose();
        _metrics.Dispose();
        _loggers.Dispose();
        await _services.DisposeAsync();
    }

    private static BlobKey Key(string tenant) => new(tenant, "/", BlobType.Data, new string('a', 64));
}
