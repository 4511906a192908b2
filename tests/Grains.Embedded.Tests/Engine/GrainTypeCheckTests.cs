using Headgate.Grains.Embedded.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;

namespace Headgate.Grains.Embedded.Tests.Engine;

public sealed class GrainTypeCheckTests
{
    private interface IBadGrain : IGrainWithStringKey
    {
        Task<Outer> GetAsync(string id, Stream body);

        Task TokenAsync(CancellationToken cancellationToken, int value);

        int Count();

        Task<T> AnyAsync<T>();

        Task TellAsync(IGrainWithStringKey other);
    }

    private interface ITwinGrain : IGrainWithStringKey;

    [Fact]
    public void FindErrors_NamesEachFaultByItsPath()
    {
        var errors = GrainTypeCheck.FindErrors([typeof(BadGrain)]).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(
            [
                "BadGrain(bare) -> BareState.Items : a collection in a state is initialized",
                "BadGrain(bare) -> BareState.Numbers : a collection in a state is initialized",
                "BadGrain(number) : [PersistentState] is for parameters of type IPersistentState<T>, not Int32",
                "BadGrain(state) : ArgumentState needs a public constructor without parameters",
                "IBadGrain.AnyAsync : a grain's method is not generic, not a property, and returns Task or ValueTask, not Task<T>",
                "IBadGrain.Count : a grain's method is not generic, not a property, and returns Task or ValueTask, not Int32",
                "IBadGrain.GetAsync -> Outer.Inners -> Inner.Foreign : Stranger cannot be serialized: mark it with [GenerateSerializer] or use another type",
                "IBadGrain.GetAsync -> Outer.Inners -> Inner.Forgotten : it has no [Id] and would be lost",
                "IBadGrain.GetAsync -> Outer.Inners -> Inner.Twice : [Id(1)] is used twice",
                "IBadGrain.GetAsync -> Outer.Inners : Unmarked cannot be serialized: mark it with [GenerateSerializer] or use another type",
                "IBadGrain.GetAsync(body) : Stream cannot be serialized: mark it with [GenerateSerializer] or use another type",
                "IBadGrain.TellAsync(other) : IGrainWithStringKey cannot be serialized: mark it with [GenerateSerializer] or use another type",
                "IBadGrain.TokenAsync(cancellationToken) : a CancellationToken comes last, and nothing is passed by reference",
            ],
            errors.Where(static e => e.Contains("Bad", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FindErrors_WhenTwoClassesShareAName_NamesBoth() =>
        Assert.Contains("share the grain type \"same\"", Assert.Single(GrainTypeCheck.FindErrors([typeof(OneGrain), typeof(OtherGrain)])));

    [Fact]
    public async Task Start_WhenAStorageIsNotRegistered_NamesItAndTheGrain()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleans();
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OrleansConfigurationException>(() => host.StartAsync());
        Assert.Contains("CounterGrain keeps state in storage \"memory\"", error.Message);
        Assert.Contains("UnnamedStorageGrain keeps state in the default storage", error.Message);
    }

    [Fact]
    public async Task UseOrleans_WhenCalledTwice_HostsGrainsOnce_AndRefusesCallsUntilTheHostStarts()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleans(static silo => silo.Services.AddKeyedSingleton<Orleans.Storage.IGrainStorage>("memory", new MemoryStorage()));
        builder.UseOrleans(static silo => silo.Services.AddSingleton<Orleans.Storage.IGrainStorage>(new MemoryStorage()));
        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IClusterClient>();
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => client.GetGrain<Storage.ICounterGrain>("a").CountAsync());
        await host.StartAsync();
        Assert.Same(client, host.Services.GetRequiredService<IGrainFactory>());
        Assert.Equal(0, await client.GetGrain<Storage.ICounterGrain>("a").CountAsync().Soon());
        await host.StopAsync();
    }

    [GenerateSerializer]
    private sealed record Outer(string Name, Dictionary<string, ImmutableArray<Inner>> Inners);

    [GenerateSerializer]
    private class Inner
    {
        [Id(0)]
        public Stranger? Foreign { get; init; }

        [Id(1)]
        public int Fine { get; init; }

        [Id(1)]
        public int Twice { get; init; }

        public int Forgotten { get; set; }

        public int Computed => Fine + Twice;
    }

    private sealed class Unmarked : Inner;

    private sealed class Stranger;

    [GenerateSerializer]
    private sealed class ArgumentState(int value)
    {
        [Id(0)]
        public int Value { get; set; } = value;

        public int Half() => Value / 2;
    }

    [GenerateSerializer]
    private sealed class BareState
    {
        [Id(0)]
        public List<int> Items { get; set; } = null!;

        [Id(1)]
        public ImmutableArray<int> Numbers { get; set; }

        [Id(2)]
        public List<int>? Optional { get; set; }
    }

#pragma warning disable CS9113 // The parameters are what is checked.
    private sealed class BadGrain(
        [PersistentState("s", "memory")] IPersistentState<ArgumentState> state,
        [PersistentState("b", "memory")] IPersistentState<BareState> bare,
        [PersistentState("n", "memory")] int number) : Grain, IBadGrain
#pragma warning restore CS9113
    {
        public Task<Outer> GetAsync(string id, Stream body) => throw new NotSupportedException();

        public Task TokenAsync(CancellationToken cancellationToken, int value) => throw new NotSupportedException();

        public int Count() => throw new NotSupportedException();

        public Task<T> AnyAsync<T>() => throw new NotSupportedException();

        public Task TellAsync(IGrainWithStringKey other) => throw new NotSupportedException();
    }

    [GrainType("same")]
    private sealed class OneGrain : Grain, ITwinGrain;

    [GrainType("same")]
    private sealed class OtherGrain : Grain, ITwinGrain;
}
