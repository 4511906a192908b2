using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Calls;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Engine;

/// <summary>One class of grains: how its objects are made, and the directory of its activations, at most one per key.</summary>
internal sealed class GrainClass
{
    private readonly ConcurrentDictionary<string, Activation> _activations = new();
    private readonly ConcurrentDictionary<string, WorkerPool> _pools = new();
    private readonly ObjectFactory _factory;
    private readonly (ConstructorInvoker Create, PersistentStateAttribute Names)[] _states;
    private readonly bool _isReentrant;

    internal GrainClass(GrainEngine engine, Type type)
    {
        (Engine, Type, GrainType) = (engine, type, NameOf(type));
        _isReentrant = type.IsDefined(typeof(ReentrantAttribute));
        IsFilter = type.IsAssignableTo(typeof(IIncomingGrainCallFilter));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        var states = States(type);
        _factory = ActivatorUtilities.CreateFactory(type, [.. states.Select(static state => state.ParameterType)]);
        _states = [.. states.Select(static state => (ConstructorInvoker.Create(
            typeof(PersistentState<>).MakeGenericType(state.ParameterType.GenericTypeArguments[0]).GetConstructors()[0]),
            state.GetCustomAttribute<PersistentStateAttribute>()!))];
    }

    internal GrainEngine Engine { get; }

    internal Type Type { get; }

    internal GrainType GrainType { get; }

    /// <summary>The most activations of one key; 0 when there is one only, which has the key to itself.</summary>
    internal int MaxWorkers { get; }

    internal bool IsFilter { get; }

    internal IEnumerable<string?> StorageNames => _states.Select(static state => state.Names.StorageName);

    internal IEnumerable<Type> Interfaces => InterfacesOf(Type);

    internal IEnumerable<Activation> Activations =>
        _activations.Select(static pair => pair.Value).Concat(_pools.SelectMany(static pair => pair.Value.Workers));

    internal static GrainType NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType
            ?? GrainType.Create(name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name);
    }

    internal static IEnumerable<Type> InterfacesOf(Type type) => type.GetInterfaces().Where(
        static i => i.IsAssignableTo(typeof(IGrain)) && i != typeof(IGrain) && i != typeof(IGrainWithStringKey));

    internal static IEnumerable<MethodInfo> MethodsOf(Type @interface) =>
        @interface.GetInterfaces().Prepend(@interface).SelectMany(static i => i.GetMethods(BindingFlags.Instance | BindingFlags.Public));

    internal static ParameterInfo[] States(Type type) => [.. type.GetConstructors().SelectMany(static c => c.GetParameters())
        .Where(static p => p.IsDefined(typeof(PersistentStateAttribute)))];

    internal IEnumerable<GrainMethod> Methods(Type @interface) => MethodsOf(@interface).Select(method => GrainMethod.Create(@interface, method));

    internal MethodInfo Implementation(Request request)
    {
        var @interface = request.GetMethod().DeclaringType!;
        if (!@interface.IsAssignableFrom(Type))
        {
            return request.GetMethod();
        }

        var map = Type.GetInterfaceMap(@interface);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, request.GetMethod())];
    }

    internal (object Grain, ILoadedState[] States) Construct(Activation activation)
    {
        var services = activation.ActivationServices;
        var states = Array.ConvertAll(_states, state => state.Create.Invoke(
            activation, state.Names.StateName, Storage(services, state.Names.StorageName)));
        try
        {
            return (_factory(services, states), Array.ConvertAll(states, static state => (ILoadedState)state));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{Type} could not be constructed: {exception.Message}", exception);
        }
    }

    /// <summary>Hands a call to the activation of its key, which is made when there is none.</summary>
    internal void Dispatch(string key, Request request)
    {
        if (Engine.Refuses(request) is { } refusal)
        {
            request.SetException(refusal);
            return;
        }

        request.Interleaves |= _isReentrant;
        while (true)
        {
            var activation = MaxWorkers == 0
                ? _activations.TryGetValue(key, out var known) ? known : _activations.GetOrAdd(key, static (k, c) => new(c, k), this)
                : _pools.GetOrAdd(key, static (k, c) => new(c, k), this).Pick();
            if (activation?.TryEnqueue(request) is true)
            {
                return;
            }

            if (activation is not null)
            {
                Remove(activation);
            }
        }
    }

    internal void Remove(Activation activation)
    {
        if (activation.Pool is null)
        {
            _activations.TryRemove(new(activation.Key, activation));
        }
        else if (activation.Pool.Remove(activation))
        {
            _pools.TryRemove(new(activation.Key, activation.Pool));
        }
    }

    private static IGrainStorage Storage(IServiceProvider services, string? name) =>
        name is null ? services.GetRequiredService<IGrainStorage>() : services.GetRequiredKeyedService<IGrainStorage>(name);
}
