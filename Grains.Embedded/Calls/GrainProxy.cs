using System.Collections.Frozen;
using System.Reflection;
using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>The reference that callers hold: what a call of the interface becomes. Not sealed, because the generated proxies derive from it.</summary>
internal class GrainProxy : DispatchProxy
{
    private FrozenDictionary<MethodInfo, GrainMethod> _methods = FrozenDictionary<MethodInfo, GrainMethod>.Empty;

    internal GrainClass Class { get; private set; } = null!;

    internal IEnumerable<TimeSpan> Timeouts => _methods.Values.Select(static method => method.Timeout).Where(static time => time > TimeSpan.Zero);

    internal GrainEngine Engine => Class.Engine;

    internal string Key { get; private set; } = "";

    internal GrainId GrainId => new(Class.GrainType, IdSpan.Create(Key));

    /// <summary>A reference without a key, from which the others are cloned: that costs a tenth of making one.</summary>
    internal static GrainProxy CreatePrototype(Type @interface, GrainClass grainClass)
    {
        var prototype = (GrainProxy)Create(@interface, typeof(GrainProxy));
        prototype.Class = grainClass;
        prototype._methods = grainClass.Methods(@interface).ToFrozenDictionary(static method => method.Method);
        return prototype;
    }

    internal GrainProxy For(string key)
    {
        var proxy = (GrainProxy)MemberwiseClone();
        proxy.Key = key;
        return proxy;
    }

    public override bool Equals(object? obj) => obj is GrainProxy other && other.Class == Class && other.Key == Key;

    public override int GetHashCode() => Key.GetHashCode();

    public override string ToString() => GrainId.ToString();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _methods[targetMethod!].Send(this, args ?? []);
}
