using System.Collections.Concurrent;
using Microsoft.JSInterop;

namespace Headgate.Portal.Tests;

/// <summary>A browser's scripts: does nothing, answers what the test set, and remembers what was called.</summary>
internal sealed class BrowserScript : IJSRuntime
{
    public ConcurrentQueue<(string Name, object?[] Arguments)> Calls { get; } = new();

    /// <summary>Answers by function; the others answer their type's default.</summary>
    public ConcurrentDictionary<string, object?> Answers { get; } = new();

    public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => InvokeAsync<TValue>(identifier, default, args);

    public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args)
    {
        Calls.Enqueue((identifier, args ?? []));
        return ValueTask.FromResult(Answers.TryGetValue(identifier, out var answer) ? (TValue)answer! : default!);
    }
}
