using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Headgate.Protocol.Naming;
using Headgate.Protocol.Resume;
using Headgate.Repository.Access;
using Microsoft.AspNetCore.Connections;

namespace Headgate.Repository.Resume;

/// <summary>
/// The sessions of this process, and how many there may be. Nothing of it is kept across a restart: the boot epoch, drawn anew by each process,
/// tells a connector so. Safe for concurrent use.
/// </summary>
/// <remarks>
/// Registered before the web server, so that it is stopped after it: a session that a leg carries ends with its request as any connection does, one that
/// waits ends when the stop begins, and what is left when the listener has closed is reset.
/// </remarks>
internal sealed partial class SessionTable : IHostedService
{
    private readonly ServerCertificates _certificates;
    private readonly ConnectionRegistry _connections;
    private readonly RepositoryOptions _options;
    private readonly RepositoryMetrics _metrics;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _logger;
    private readonly int _most;
    private readonly Lock _places = new();
    private readonly Dictionary<string, int> _perTenant = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<UInt128, SessionStream> _streams = new();
    private CancellationTokenRegistration _stopping;
    private int _open;
    private volatile bool _isStopping;

    public SessionTable(
        ServerCertificates certificates,
        ConnectionRegistry connections,
        RepositoryOptions options,
        RepositoryMetrics metrics,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<SessionTable> logger)
    {
        (_certificates, _connections, _options, _metrics, _lifetime, _logger) = (certificates, connections, options, metrics, lifetime, logger);
        Epoch = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        Limits = new ResumeLimits { Wait = options.SessionWait };
        Budget = new ReplayBudget(options.SessionBytes);
        Ended = new EndedSessions(options.SessionWait, time);
        _most = (int)Math.Min(int.MaxValue, options.SessionBytes / (ReplayBudget.BlockBytes * ReplayBudget.GuaranteedBlocks));
        metrics.ObserveHeld(() => Budget.Held);
    }

    /// <summary>Which process this is.</summary>
    public ulong Epoch { get; }

    /// <summary>How long a session waits and what it may hold.</summary>
    public ResumeLimits Limits { get; }

    /// <summary>What all sessions may hold.</summary>
    public ReplayBudget Budget { get; }

    /// <summary>Sessions that are over.</summary>
    public EndedSessions Ended { get; }

    /// <summary>Sessions, waiting ones among them.</summary>
    public int Count => _streams.Count;

    /// <summary>This process stops: a session that loses its leg has nobody to wait for.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>To whom a leg belongs, by its certificate and its server name.</summary>
    public ResumeBinding BindingOf(ClientConnection leg)
    {
        var (tenant, connector) = leg.Connector!.Split('/', 2) is [var first, var second] ? (first, second) : ("", leg.Connector);
        return new ResumeBinding(tenant, connector, _certificates.Identity.Identity.Id, leg.ServerName);
    }

    /// <summary>Takes a place for a session of a tenant, to be given back by <see cref="Release"/> or by the end of the session that <see cref="Add"/> got.</summary>
    public bool TryReserve(string tenant, out SessionRefusal refusal, [NotNullWhen(false)] out string? sentence)
    {
        lock (_places)
        {
            var used = _perTenant.GetValueOrDefault(tenant);
            (refusal, sentence) = (_isStopping, used >= _options.MaxSessionsPerTenant, _open >= _most) switch
            {
                (true, _, _) => (SessionRefusal.Ended, "The repository is being stopped. Try again when it is back."),
                (_, true, _) => (SessionRefusal.TooManySessions,
                    $"Tenant {tenant} has {used} resumable streams on this repository, as many as there may be ({_options.MaxSessionsPerTenant}, set by --sessions-per-tenant). "
                    + "Run fewer jobs at once, or wait for one to end."),
                (_, _, true) => (SessionRefusal.NoRoom,
                    $"The repository holds {_open} resumable streams, as many as its {ByteSize.Format(_options.SessionBytes)} for them allow (set by --session-memory). "
                    + "Wait for one to end, or ask your service provider for more."),
                _ => (default, (string?)null),
            };
            if (sentence is not null)
            {
                return false;
            }

            _perTenant[tenant] = used + 1;
            _open++;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Release(string tenant)
    {
        lock (_places)
        {
            _open--;
            if (--_perTenant[tenant] == 0)
            {
                _perTenant.Remove(tenant);
            }
        }
    }

    /// <summary>Takes in a session whose place was reserved, and serves HTTP over it.</summary>
    public void Add(SessionStream stream, string tenant, ConnectionDelegate http)
    {
        _metrics.SessionOpened();
        _streams[stream.Session.Id] = stream;
        stream.Start(http, End, Faulted);
        if (_isStopping)
        {
            // The stop began after the place was taken and may not have seen this one.
            stream.Session.Abort(ResumeFault.Stopping);
        }

        void End(SessionStream ended, SessionEnd end)
        {
            // Remembered before it is forgotten, so that nobody who comes in between finds neither.
            Ended.Add(ended.Session.Id, ended.Session.Binding, end);
            _streams.TryRemove(ended.Session.Id, out _);
            _connections.Close(ended.Client);
            Release(tenant);
            if (ended.Ends())
            {
                _metrics.SessionSuspended(-1);
            }

            _metrics.SessionEnded(end);
            var gaps = ended.Session.Gaps;
            LogEnded(ended.Client.Id, ended.Client.ServerName, RepositoryMetrics.NameOf(end), ended.Session.Legs, gaps.Count, gaps.Longest.TotalSeconds);
        }
    }

    /// <summary>The sessions now.</summary>
    public ICollection<SessionStream> All => _streams.Values;

    /// <summary>The session of an id, or null.</summary>
    public SessionStream? Find(UInt128 id) => _streams.GetValueOrDefault(id);

    /// <summary>Ends sessions that nobody will come back to, whatever their wait.</summary>
    public void EndForsaken()
    {
        foreach (var (stream, reason) in Forsaken.Among(All))
        {
            _connections.End(stream.Client, reason);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = _lifetime.ApplicationStopping.Register(() =>
        {
            _isStopping = true;
            foreach (var stream in _streams.Values)
            {
                stream.Stop();
            }
        });
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.DisposeAsync();
        var streams = _streams.Values.ToArray();
        foreach (var stream in streams)
        {
            stream.Session.Abort(ResumeFault.Stopping);
        }

        await Task.WhenAll(streams.Select(stream => stream.Completion));
    }

    private void Faulted(SessionStream stream, Exception fault) => LogFaulted(fault, stream.Client.Id);

    [LoggerMessage(265, LogLevel.Information, "Session {Session} to {ServerName} ended: {End}, after {Legs} legs and {Gaps} gaps, the longest {Longest:0.###} s")]
    private partial void LogEnded(string session, string serverName, string end, int legs, int gaps, double longest);

    [LoggerMessage(266, LogLevel.Error, "Session {Session}: HTTP failed in a way that nobody foresaw")]
    private partial void LogFaulted(Exception fault, string session);
}
