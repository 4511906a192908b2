using System.Collections.Concurrent;

namespace Headgate.Portal.Tests;

/// <summary>Counts calls of grains, and stands in their way when the test says so.</summary>
internal sealed class CallCounter : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Runs before each call, with the method as <c>ITenantGrain.GetAsync</c> and the grain's key; may throw or wait. Null for nothing.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Calls since the start of a method such as <c>ITenantGrain.GetAsync</c>.</summary>
    public int this[string method] => _counts.GetValueOrDefault(method);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var method = $"{context.InterfaceMethod?.DeclaringType?.Name}.{context.MethodName}";
        _counts.AddOrUpdate(method, 1, static (_, count) => count + 1);
        if (Before is { } before)
        {
            await before(method, context.TargetId.Key.ToString()!);
        }

        await context.Invoke();
    }
}
