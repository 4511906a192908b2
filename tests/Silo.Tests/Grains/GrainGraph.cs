using System.Reflection;
using System.Reflection.Emit;
using Orleans;

namespace Headgate.Silo.Tests.Grains;

/// <summary>
/// Who asks for whose reference, read out of the compiled code: every <c>GetGrain&lt;T&gt;</c> in a class, its base classes, and what the compiler nested
/// into it (state machines, closures).
/// </summary>
internal static class GrainGraph
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>The interfaces that <paramref name="type"/> asks references of.</summary>
    public static IReadOnlySet<Type> CallsOf(Type type)
    {
        var found = new HashSet<Type>();
        for (var current = type; current is not null && current != typeof(object) && current != typeof(Grain); current = current.BaseType)
        {
            foreach (var part in WithNested(current.IsGenericType ? current.GetGenericTypeDefinition() : current))
            {
                foreach (var method in part.GetMethods(All).Cast<MethodBase>().Concat(part.GetConstructors(All)))
                {
                    found.UnionWith(CallsOf(method));
                }
            }
        }
        return found;
    }

    /// <summary>A sentence for each call that <paramref name="chains"/> (each from the caller down) do not allow, and for each circle.</summary>
    public static List<string> Violations(IReadOnlyDictionary<Type, IReadOnlySet<Type>> calls, IReadOnlyCollection<Type[]> chains)
    {
        var allowed = new Dictionary<Type, HashSet<Type>>();
        foreach (var (upper, lower) in chains.SelectMany(chain => chain.Zip(chain.Skip(1))))
        {
            (allowed.TryGetValue(upper, out var below) ? below : allowed[upper] = []).Add(lower);
        }
        var violations = new List<string>();
        foreach (var (caller, targets) in calls)
        {
            violations.AddRange(targets
                .Where(target => !Reaches(caller, target, type => allowed.GetValueOrDefault(type) ?? []))
                .Select(target => $"{caller.Name} calls {target.Name}"));
            if (Reaches(caller, caller, type => calls.GetValueOrDefault(type) ?? new HashSet<Type>()))
            {
                violations.Add($"{caller.Name} is in a circle");
            }
        }
        return violations;
    }

    private static bool Reaches(Type from, Type to, Func<Type, IEnumerable<Type>> next)
    {
        var seen = new HashSet<Type>();
        var open = new Stack<Type>(next(from));
        while (open.TryPop(out var type))
        {
            if (type == to)
            {
                return true;
            }
            if (seen.Add(type))
            {
                foreach (var further in next(type))
                {
                    open.Push(further);
                }
            }
        }
        return false;
    }

    private static IEnumerable<Type> WithNested(Type type) => type.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<Type> CallsOf(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
        {
            yield break;
        }
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? (short)((code[at] << 8) | code[at + 1]) : code[at];
            var opCode = s_opCodes[value];
            at += opCode.Size;
            if (opCode.OperandType == OperandType.InlineMethod
                && method.Module.ResolveMethod(BitConverter.ToInt32(code, at), typeArguments, methodArguments) is MethodInfo { Name: "GetGrain", IsGenericMethod: true } called)
            {
                yield return called.GetGenericArguments()[0];
            }
            at += OperandSize(opCode, code, at);
        }
    }

    private static int OperandSize(OpCode opCode, byte[] code, int at) => opCode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };
}
