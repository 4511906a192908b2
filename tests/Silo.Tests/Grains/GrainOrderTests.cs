using System.Reflection;
using Headgate.Grains;
using Headgate.Silo.Grains.Sweeping;
using Headgate.Silo.Grains.Tenants;
using Orleans;
using Orleans.Runtime;

namespace Headgate.Silo.Tests.Grains;

/// <summary>Calls between grains run downward only (section 4 of the design).</summary>
public sealed class GrainOrderTests
{
    private static readonly Type[][] s_chains =
    [
        [typeof(ISweeper), typeof(IJobGrain), typeof(ITenantGrain), typeof(IQuotaGrain), typeof(IRepositoryGrain)],
        [typeof(IJobGrain), typeof(IGatewayRanker), typeof(IGatewayPoolGrain)],
        [typeof(IFleetTokenGrain), typeof(IGatewayGrain), typeof(IGatewayPoolGrain)],
        [typeof(IDirectory), typeof(IGatewayGrain)],
        [typeof(IDirectory), typeof(ITenantGrain)],
        [typeof(IDrillGrain), typeof(IRepositoryGrain)],
    ];

    [Fact]
    public void Grains_Always_CallDownward()
    {
        var grains = GrainClasses().ToDictionary(InterfaceOf, GrainGraph.CallsOf);

        Assert.Equal(
            typeof(IJobGrain).Assembly.GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrainWithStringKey))).Select(type => type.Name).Order(),
            grains.Keys.Select(type => type.Name).Order());
        Assert.Empty(GrainGraph.Violations(grains, s_chains));
        // The reader sees through async methods: these calls are known to be there.
        Assert.Equal(
            [typeof(IGatewayRanker), typeof(IRepositoryGrain), typeof(ITenantGrain)],
            grains[typeof(IJobGrain)].OrderBy(type => type.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void Helpers_OfGrains_AskForNoReferences()
    {
        var grains = GrainClasses().SelectMany(type => type.GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public).Append(type)).ToHashSet();
        var callers = typeof(TenantGrain).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Headgate.Silo.Grains", StringComparison.Ordinal) is true && type.DeclaringType is null && !grains.Contains(type))
            // What a base class asks counts as its grain's, whose order was looked at.
            .Where(type => !type.IsAbstract || !grains.Any(grain => grain.BaseType == type))
            .Where(type => GrainGraph.CallsOf(type).Count > 0);
        Assert.Equal([typeof(LeaseClock), typeof(SweepClock)], callers);
    }

    [Fact]
    public void Interfaces_Always_MentionNoGrain()
    {
        foreach (var grain in typeof(IJobGrain).Assembly.GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrain))))
        {
            foreach (var method in grain.GetMethods())
            {
                var mentioned = method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType).SelectMany(type => Parts(type, []));
                Assert.DoesNotContain(mentioned, type => type.IsAssignableTo(typeof(IAddressable)));
                Assert.Equal(typeof(CancellationToken), method.GetParameters()[^1].ParameterType);
            }
        }
    }

    [Theory]
    [InlineData(typeof(UpwardDirectly), "ITenantGrain calls IJobGrain")]
    [InlineData(typeof(UpwardInAsync), "ITenantGrain calls IJobGrain")]
    [InlineData(typeof(UpwardInLambda), "ITenantGrain calls IJobGrain")]
    [InlineData(typeof(UpwardInBase), "ITenantGrain calls IJobGrain")]
    [InlineData(typeof(Sideways), "ITenantGrain calls IGatewayGrain")]
    public void Violations_WhenAGrainCallsUpward_NamesIt(Type planted, string expected)
    {
        var calls = new Dictionary<Type, IReadOnlySet<Type>> { [typeof(ITenantGrain)] = GrainGraph.CallsOf(planted) };
        Assert.Equal([expected], GrainGraph.Violations(calls, s_chains));
    }

    [Fact]
    public void Violations_WhenCallsGoInACircle_NamesIt()
    {
        var calls = new Dictionary<Type, IReadOnlySet<Type>>
        {
            [typeof(IJobGrain)] = new HashSet<Type> { typeof(ITenantGrain) },
            [typeof(ITenantGrain)] = GrainGraph.CallsOf(typeof(UpwardInAsync)),
        };
        Assert.Contains("IJobGrain is in a circle", GrainGraph.Violations(calls, s_chains));
    }

    private static IEnumerable<Type> GrainClasses() =>
        typeof(TenantGrain).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract);

    private static Type InterfaceOf(Type grain) =>
        grain.GetInterfaces().Single(type => type != typeof(IGrainWithStringKey) && type.IsAssignableTo(typeof(IGrainWithStringKey)));

    private static IEnumerable<Type> Parts(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type))
        {
            return [];
        }
        var own = type.Assembly == typeof(IJobGrain).Assembly ? type.GetProperties().Select(property => property.PropertyType) : [];
        return type.GetGenericArguments().Concat(own).SelectMany(part => Parts(part, seen)).Prepend(type);
    }

    private class UpwardDirectly(IGrainFactory grains)
    {
        public object Call() => grains.GetGrain<IJobGrain>("acme/nightly");
    }

    private sealed class UpwardInAsync(IGrainFactory grains)
    {
        public async Task CallAsync()
        {
            await Task.Yield();
            await grains.GetGrain<IJobGrain>("acme/nightly").CancelAsync(CancellationToken.None);
        }
    }

    private sealed class UpwardInLambda(IGrainFactory grains)
    {
        public IEnumerable<object> Call(string[] keys) => keys.Select(key => grains.GetGrain<IJobGrain>(key));
    }

    private sealed class UpwardInBase(IGrainFactory grains) : UpwardDirectly(grains);

    private sealed class Sideways(IGrainFactory grains)
    {
        public object Call() => grains.GetGrain<IGatewayGrain>("gtw1");
    }
}
