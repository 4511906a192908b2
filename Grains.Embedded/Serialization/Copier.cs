using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>How values of each type are copied, found out once per type. What nobody can change is passed on as it is.</summary>
internal static class Copier
{
    private static readonly ConcurrentDictionary<Type, Copy?> Plans = new();
    private static readonly Func<object, object> Clone =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    private static readonly Dictionary<Type, string> Collections = new()
    {
        [typeof(List<>)] = nameof(List),
        [typeof(Dictionary<,>)] = nameof(Dictionary),
        [typeof(HashSet<>)] = nameof(HashSet),
        [typeof(ImmutableArray<>)] = nameof(ImmutableArray),
        [typeof(ImmutableList<>)] = nameof(ImmutableList),
        [typeof(ImmutableHashSet<>)] = nameof(ImmutableHashSet),
        [typeof(ImmutableDictionary<,>)] = nameof(ImmutableDictionary),
    };

    // Types whose plan this thread is about to find: one that contains itself is taken as changeable.
    [ThreadStatic]
    private static HashSet<Type>? t_open;

    internal delegate object Copy(object original, CopyScope scope);

    /// <summary>How values of exactly this type are copied; null when they are passed on.</summary>
    /// <exception cref="OrleansException">Values of this type cannot cross between grains.</exception>
    internal static Copy? PlanOf(Type type) => Plans.TryGetValue(type, out var plan) ? plan : Plans.GetOrAdd(type, static type => Find(type));

    /// <summary>Whether a variable of this type only ever holds values that are passed on.</summary>
    internal static bool IsImmutable(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (!type.IsSealed || t_open?.Contains(type) is true)
        {
            return SerializableTypes.IsAtom(type) && type != typeof(object);
        }

        return PlanOf(type) is null;
    }

    private static Copy? Find(Type type)
    {
        if (SerializableTypes.IsAtom(type) || type.IsAssignableTo(typeof(Exception)) || type.IsDefined(typeof(ImmutableAttribute), inherit: false))
        {
            return null;
        }

        if (type.IsSZArray)
        {
            return Make(nameof(Array), type.GetElementType()!);
        }

        if (type.IsGenericType && Collections.TryGetValue(type.GetGenericTypeDefinition(), out var name))
        {
            return Make(name, type.GenericTypeArguments);
        }

        return SerializableTypes.IsMarked(type) || SerializableTypes.IsTuple(type) ? Fields(type) : throw new OrleansException(
            $"{type} cannot cross between grains: mark it with [GenerateSerializer], or hand over a List, an array or an ImmutableArray.");
    }

    private static Copy? Make(string collection, params Type[] items) =>
        (Copy?)typeof(Copier).GetMethod(collection, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(items).Invoke(null, null);

    private static Copy? Fields(Type type)
    {
        t_open ??= [];
        t_open.Add(type);
        try
        {
            var all = SerializableTypes.Levels(type).SelectMany(SerializableTypes.Fields).ToArray();
            var copied = all.Where(static field => !field.IsDefined(typeof(ImmutableAttribute))
                && SerializableTypes.PropertyOf(field)?.IsDefined(typeof(ImmutableAttribute)) is not true
                && !IsImmutable(field.FieldType)).ToArray();

            // A struct is copied when it is unboxed.
            if (copied.Length == 0 && (type.IsValueType || all.All(static field => field.IsInitOnly)))
            {
                return null;
            }

            return (original, scope) =>
            {
                var copy = type.IsValueType ? Clone(original) : scope.Remember(original, Clone(original));
                foreach (var field in copied)
                {
                    field.SetValue(copy, scope.Copy(field.GetValue(original)));
                }

                return copy;
            };
        }
        finally
        {
            t_open.Remove(type);
        }
    }

    private static Copy Array<T>() => static (original, scope) =>
    {
        var from = (T[])original;
        var to = scope.Remember(from, (T[])from.Clone());
        for (var i = IsImmutable(typeof(T)) ? to.Length : 0; i < to.Length; i++)
        {
            to[i] = scope.Item(from[i]);
        }

        return to;
    };

    private static Copy List<T>() => static (original, scope) =>
    {
        var from = (List<T>)original;
        var to = scope.Remember(from, new List<T>(from.Count));
        from.ForEach(item => to.Add(scope.Item(item)));
        return to;
    };

    private static Copy Dictionary<TKey, T>()
        where TKey : notnull => static (original, scope) =>
    {
        var from = (Dictionary<TKey, T>)original;
        var to = scope.Remember(from, new Dictionary<TKey, T>(from.Count, from.Comparer));
        foreach (var (key, item) in from)
        {
            to.Add(scope.Item(key), scope.Item(item));
        }

        return to;
    };

    private static Copy HashSet<T>() => static (original, scope) =>
        scope.Remember(original, new HashSet<T>(((HashSet<T>)original).Select(scope.Item), ((HashSet<T>)original).Comparer));

    private static Copy? ImmutableArray<T>() => IsImmutable(typeof(T)) ? null : static (original, scope) =>
        ((ImmutableArray<T>)original).IsDefault ? original : (ImmutableArray<T>)[.. ((ImmutableArray<T>)original).Select(scope.Item)];

    private static Copy? ImmutableList<T>() => IsImmutable(typeof(T)) ? null : static (original, scope) =>
        ((ImmutableList<T>)original).ConvertAll(scope.Item);

    private static Copy? ImmutableHashSet<T>() => IsImmutable(typeof(T)) ? null : static (original, scope) =>
        ((ImmutableHashSet<T>)original).Select(scope.Item).ToImmutableHashSet(((ImmutableHashSet<T>)original).KeyComparer);

    private static Copy? ImmutableDictionary<TKey, T>()
        where TKey : notnull => IsImmutable(typeof(TKey)) && IsImmutable(typeof(T)) ? null : static (original, scope) =>
        ((ImmutableDictionary<TKey, T>)original).ToImmutableDictionary(
            pair => scope.Item(pair.Key), pair => scope.Item(pair.Value), ((ImmutableDictionary<TKey, T>)original).KeyComparer);
}
