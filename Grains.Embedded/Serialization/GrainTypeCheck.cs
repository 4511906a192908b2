using System.Collections;
using System.Reflection;
using Orleans.Engine;
using Orleans.Runtime;

namespace Orleans.Serialization;

/// <summary>
/// Refuses at start what Orleans could not generate or serialize, so that grains that run here run there. Faults are named by the way that leads to them:
/// <c>ITenantGrain.GetAsync -> TenantInfo.Foo : Bar ...</c>
/// </summary>
internal sealed class GrainTypeCheck
{
    private readonly List<string> _errors = [];
    private readonly HashSet<Type> _seen = [];

    private GrainTypeCheck()
    {
    }

    internal static IReadOnlyList<string> FindErrors(IReadOnlyCollection<Type> grainClasses)
    {
        var check = new GrainTypeCheck();
        foreach (var twins in grainClasses.GroupBy(GrainClass.NameOf).Where(static group => group.Count() > 1))
        {
            check._errors.Add($"{string.Join(" and ", twins.Select(static type => type.FullName))} share the grain type \"{twins.Key}\"");
        }

        var interfaces = grainClasses.SelectMany(GrainClass.InterfacesOf).Distinct().ToArray();
        var methods = interfaces.SelectMany(static i => GrainClass.MethodsOf(i)).Distinct().ToArray();
        Array.ForEach(interfaces, check.Interface);
        Array.ForEach(methods, check.Method);
        foreach (var state in grainClasses.SelectMany(GrainClass.States))
        {
            check.State(state);
        }

        foreach (var exception in interfaces.Select(static i => i.Assembly).Distinct().SelectMany(static assembly => assembly.GetTypes())
            .Where(static type => type is { IsNestedPrivate: false, IsAbstract: false } && type.IsSubclassOf(typeof(Exception))))
        {
            check.Type(exception, exception.Assembly.GetName().Name!);
        }

        return check._errors;
    }

    internal static void ThrowIfAny(IReadOnlyCollection<string> errors)
    {
        if (errors.Count > 0)
        {
            throw new OrleansConfigurationException($"The grains cannot be hosted: {errors.Count} fault(s).{string.Concat(errors.Select(static e => $"\n  {e}"))}");
        }
    }

    private static string NameOf(Type type) => type.IsGenericType
        ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GenericTypeArguments.Select(NameOf))}>"
        : type.Name;

    /// <summary>The names of the members that a primary constructor sets, where those count as serialized.</summary>
    private static HashSet<string> PrimaryMembers(Type type)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var isRecord = type.GetMethod("PrintMembers", Any, [typeof(System.Text.StringBuilder)]) is not null;
        if (!isRecord && type.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false)?.IncludePrimaryConstructorParameters is not true)
        {
            return [];
        }

        var members = SerializableTypes.Fields(type).Select(MemberOf).ToHashSet();
        return type.GetConstructors(Any).Select(static constructor => constructor.GetParameters().Select(static p => p.Name!).ToHashSet())
            .Where(names => names.IsSubsetOf(members)).MaxBy(static names => names.Count) ?? [];
    }

    private static string MemberOf(FieldInfo field) =>
        SerializableTypes.PropertyOf(field)?.Name ?? (field.Name is ['<', .. var captured, '>', 'P'] ? captured : field.Name);

    private void Interface(Type @interface)
    {
        if (!@interface.IsAssignableTo(typeof(IGrainWithStringKey)) || @interface.IsGenericType)
        {
            _errors.Add($"{NameOf(@interface)} : a grain interface is not generic and derives from IGrainWithStringKey");
        }
    }

    private void Method(MethodInfo method)
    {
        var path = $"{method.DeclaringType!.Name}.{method.Name}";
        var result = method.ReturnType;
        var isTask = result == typeof(Task) || result == typeof(ValueTask)
            || (result.IsGenericType && (result.GetGenericTypeDefinition() == typeof(Task<>) || result.GetGenericTypeDefinition() == typeof(ValueTask<>)));
        if (!isTask || method.IsGenericMethod || method.IsSpecialName)
        {
            _errors.Add($"{path} : a grain's method is not generic, not a property, and returns Task or ValueTask, not {NameOf(result)}");
            return;
        }

        if (result.IsGenericType)
        {
            Type(result.GenericTypeArguments[0], path);
        }

        var parameters = method.GetParameters();
        foreach (var parameter in parameters)
        {
            if (parameter.ParameterType == typeof(CancellationToken) ? parameter.Position < parameters.Length - 1 : parameter.ParameterType.IsByRef)
            {
                _errors.Add($"{path}({parameter.Name}) : a CancellationToken comes last, and nothing is passed by reference");
            }
            else
            {
                Type(parameter.ParameterType, $"{path}({parameter.Name})");
            }
        }
    }

    private void State(ParameterInfo parameter)
    {
        var path = $"{parameter.Member.DeclaringType!.Name}({parameter.Name})";
        if (!parameter.ParameterType.IsGenericType || parameter.ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            _errors.Add($"{path} : [PersistentState] is for parameters of type IPersistentState<T>, not {NameOf(parameter.ParameterType)}");
            return;
        }

        var state = parameter.ParameterType.GenericTypeArguments[0];
        Type(state, path);
        if (state.IsAbstract || (!state.IsValueType && state.GetConstructor(System.Type.EmptyTypes) is null))
        {
            _errors.Add($"{path} : {NameOf(state)} needs a public constructor without parameters");
            return;
        }

        var fresh = Activator.CreateInstance(state);
        foreach (var property in state.GetProperties().Where(static p => p.PropertyType != typeof(string) && p.PropertyType.IsAssignableTo(typeof(IEnumerable))))
        {
            var value = property.GetValue(fresh);
            var isEmpty = value is null
                ? new NullabilityInfoContext().Create(property).ReadState != NullabilityState.Nullable
                : value.GetType().GetProperty("IsDefault")?.GetValue(value) is true;
            if (isEmpty)
            {
                _errors.Add($"{path} -> {NameOf(state)}.{property.Name} : a collection in a state is initialized");
            }
        }
    }

    private void Type(Type declared, string path)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsSZArray)
        {
            Type(type.GetElementType()!, path);
        }
        else if (SerializableTypes.IsKnownGeneric(type))
        {
            Array.ForEach(type.GenericTypeArguments, argument => Type(argument, path));
        }
        else if (!SerializableTypes.IsAtom(type) && _seen.Add(type))
        {
            if (!SerializableTypes.IsMarked(type) || type.IsAssignableTo(typeof(IAddressable)))
            {
                _errors.Add($"{path} : {NameOf(type)} cannot be serialized: mark it with [GenerateSerializer] or use another type");
                return;
            }

            foreach (var level in SerializableTypes.Levels(type))
            {
                Level(level, path);
            }

            foreach (var derived in type.IsSealed ? [] : type.Assembly.GetTypes().Where(other => other.IsSubclassOf(type) && !other.IsGenericType))
            {
                Type(derived, path);
            }
        }
    }

    private void Level(Type level, string path)
    {
        if (!SerializableTypes.IsMarked(level))
        {
            _errors.Add($"{path} : {NameOf(level)} is a base of what is sent and cannot be serialized: mark it with [GenerateSerializer]");
            return;
        }

        var primary = PrimaryMembers(level);
        var ids = new HashSet<uint>();
        foreach (var field in SerializableTypes.Fields(level))
        {
            var member = MemberOf(field);
            var id = field.GetCustomAttribute<IdAttribute>() ?? SerializableTypes.PropertyOf(field)?.GetCustomAttribute<IdAttribute>();
            if (id is null ? !primary.Contains(member) : !ids.Add(id.Id))
            {
                _errors.Add($"{path} -> {NameOf(level)}.{member} : {(id is null ? "it has no [Id] and would be lost" : $"[Id({id.Id})] is used twice")}");
            }

            Type(field.FieldType, $"{path} -> {NameOf(level)}.{member}");
        }
    }
}
