using System.Collections.Concurrent;

namespace Headgate.Portal.Tests;

/// <summary>Counts calls of grains, and stands in their way when the test says so.</summary>
internal sealed class CallCounter : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Runs before each call, with the method's name; may throw or wait. Null for nothing.</summary>
    public Func<string, Task>? Before { get; set; }

    /// <summary>Calls of the method since the start.</summary>
    public int this[string method] => _counts.GetValueOrDefault(method);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        _counts.AddOrUpdate(context.MethodName, 1, static (_, count) => count + 1);
        if (Before is { } before)
        {
            await before(context.MethodName);
        }

        await context.Invoke();
    }
}
