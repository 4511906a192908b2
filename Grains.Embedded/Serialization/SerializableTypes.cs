using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>What both the copier and the check at start know about types.</summary>
internal static class SerializableTypes
{
    private static readonly HashSet<Type> Atoms =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly),
        typeof(Guid), typeof(Uri), typeof(Version), typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger), typeof(IPAddress),
        typeof(IPEndPoint), typeof(CancellationToken), typeof(object), typeof(Exception),
    ];

    private static readonly HashSet<Type> Generics =
    [
        typeof(List<>), typeof(Dictionary<,>), typeof(HashSet<>), typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>),
        typeof(ImmutableDictionary<,>), typeof(IEnumerable<>), typeof(ICollection<>), typeof(IList<>), typeof(ISet<>),
        typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(IReadOnlySet<>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>),
    ];

    /// <summary>Types without parts, whose values nobody can change.</summary>
    internal static bool IsAtom(Type type) => type.IsPrimitive || type.IsEnum || Atoms.Contains(type);

    internal static bool IsTuple(Type type) => type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
        || (type.Namespace == "System" && (type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) || type.Name.StartsWith("Tuple`", StringComparison.Ordinal))));

    internal static bool IsKnownGeneric(Type type) => IsTuple(type) || (type.IsGenericType && Generics.Contains(type.GetGenericTypeDefinition()));

    internal static bool IsMarked(Type type) => type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false);

    /// <summary>The type and its bases that have fields of their own.</summary>
    internal static IEnumerable<Type> Levels(Type type)
    {
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType) && level != typeof(Exception); level = level.BaseType)
        {
            yield return level;
        }
    }

    internal static FieldInfo[] Fields(Type level) =>
        level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

    /// <summary>The property whose value the field holds, when the compiler made the field.</summary>
    internal static PropertyInfo? PropertyOf(FieldInfo field) => field.Name is ['<', ..] && field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)
        ? field.DeclaringType!.GetProperty(field.Name[1..^16], BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        : null;
}
