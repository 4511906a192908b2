using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace Orleans.Engine;

/// <summary>
/// The in-process host of grains. Proxy to class (directory of activations) to activation (mailbox and scheduler): there is no dispatcher in between
/// and nothing that all calls share. A sweep releases callers whose time is up, so that no call needs a timer of its own, and ends idle activations.
/// </summary>
internal sealed class GrainEngine : IClusterClient, IHostedService
{
    private readonly GrainClass[] _classes;
    private readonly FrozenDictionary<Type, GrainProxy[]> _prototypes;
    private readonly TimeSpan _sweepPeriod;
    private ITimer? _sweep;
    private long _nextCollection;
    private volatile Phase _phase;

    public GrainEngine(
        IServiceProvider services, IOptions<GrainCollectionOptions> collection, TimeProvider time, ILogger<GrainEngine> logger, IMeterFactory meters)
    {
        (ServiceProvider, Collection, TimeProvider, Log) = (services, collection.Value, time, new(logger));
        Metrics = new(meters, () => Activations.Count());
        var types = GrainDiscovery.FindClasses();
        GrainTypeCheck.ThrowIfAny(GrainTypeCheck.FindErrors(types));
        _classes = [.. types.Select(type => new GrainClass(this, type))];
        _prototypes = _classes.SelectMany(static c => c.Interfaces.Select(i => (Interface: i, Proxy: GrainProxy.CreatePrototype(i, c))))
            .GroupBy(static pair => pair.Interface, static pair => pair.Proxy)
            .ToFrozenDictionary(static group => group.Key, static group => group.ToArray());
        var shortest = _prototypes.Values.SelectMany(static p => p).SelectMany(static p => p.Timeouts).Append(GrainMethod.DefaultTimeout).Min();
        _sweepPeriod = TimeSpan.FromMilliseconds(Math.Clamp(shortest.TotalMilliseconds / 20, 50, 1000));
    }

    private enum Phase
    {
        NotStarted,
        Running,
        Stopping,
        Stopped,
    }

    public IServiceProvider ServiceProvider { get; }

    internal GrainCollectionOptions Collection { get; }

    internal TimeProvider TimeProvider { get; }

    internal GrainLog Log { get; }

    internal GrainMetrics Metrics { get; }

    internal IIncomingGrainCallFilter[] Filters { get; private set; } = [];

    internal long Now => TimeProvider.GetTimestamp();

    private IEnumerable<Activation> Activations => _classes.SelectMany(static c => c.Activations);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(primaryKey);
        var all = _prototypes.GetValueOrDefault(typeof(TGrainInterface), []);
        var choices = grainClassNamePrefix is null ? all : Array.FindAll(all, proxy => proxy.Class.Type.FullName!.StartsWith(grainClassNamePrefix, StringComparison.Ordinal));
        return choices is [var one]
            ? (TGrainInterface)(object)one.For(primaryKey)
            : throw new ArgumentException($"{choices.Length} grain classes implement {typeof(TGrainInterface)}, one is needed"
                + $" (prefix: {grainClassNamePrefix ?? "none"}): {string.Join(", ", all.Select(static proxy => proxy.Class.Type.FullName))}");
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var known = ServiceProvider.GetRequiredService<IServiceProviderIsKeyedService>();
        GrainTypeCheck.ThrowIfAny([.. from c in _classes
            from name in c.StorageNames.Distinct()
            where !(name is null ? known.IsService(typeof(IGrainStorage)) : known.IsKeyedService(typeof(IGrainStorage), name))
            select name is null
                ? $"{c.Type.Name} keeps state in the default storage, which is not registered: add AddSingleton<IGrainStorage>(...)"
                : $"{c.Type.Name} keeps state in storage \"{name}\", which is not registered: add AddKeyedSingleton<IGrainStorage>(\"{name}\", ...)"]);
        Filters = [.. ServiceProvider.GetServices<IIncomingGrainCallFilter>()];
        _nextCollection = Now + Ticks(Collection.CollectionQuantum);
        _phase = Phase.Running;
        _sweep = TimeProvider.CreateTimer(static engine => ((GrainEngine)engine!).Sweep(), this, _sweepPeriod, Timeout.InfiniteTimeSpan);
        return Task.CompletedTask;
    }

    /// <summary>Refuses calls from outside, lets those that were accepted end, and ends all activations.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _phase = _phase == Phase.Running ? Phase.Stopping : Phase.Stopped;
        try
        {
            while (Activations.ToList() is { Count: > 0 } left)
            {
                left.ForEach(activation => activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The host stops."), cancellationToken));
                await Task.WhenAll(left.Select(static activation => activation.Deactivated)).WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Log.StoppedEarly(Activations.Count());
        }

        _phase = Phase.Stopped;
        _sweep?.Dispose();
    }

    /// <summary>The timestamp at which a caller's time is up.</summary>
    internal long Deadline(TimeSpan timeout) => timeout < TimeSpan.Zero ? long.MaxValue : Now + Ticks(timeout);

    /// <summary>Why a call cannot be taken; null when it can. While the host stops, what grains still have to do is served.</summary>
    internal OrleansMessageRejectionException? Refuses(Request request)
    {
        if (_phase == Phase.Running || (_phase == Phase.Stopping && request.Source is not null))
        {
            return null;
        }

        Metrics.Refused(_phase.ToString());
        return new($"{request.GetInterfaceName()}.{request.GetMethodName()} was refused: the host of the grains is {_phase}.");
    }

    internal void ThrowIfStopped()
    {
        if (_phase == Phase.Stopped)
        {
            throw new OrleansMessageRejectionException("The host of the grains has stopped.");
        }
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.TimestampFrequency);

    private void Sweep()
    {
        var now = Now;
        var age = now < _nextCollection ? long.MaxValue : Ticks(Collection.CollectionAge);
        _nextCollection = now < _nextCollection ? _nextCollection : now + Ticks(Collection.CollectionQuantum);
        foreach (var activation in Activations)
        {
            activation.Sweep(now, age);
        }

        _sweep?.Change(_sweepPeriod, Timeout.InfiniteTimeSpan);
    }
}
