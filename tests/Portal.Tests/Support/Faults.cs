using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components.Web;

namespace Headgate.Portal.Tests;

/// <summary>What escaped a component: none may, unless the test takes it.</summary>
internal sealed class Faults : IErrorBoundaryLogger
{
    public ConcurrentQueue<Exception> All { get; } = new();

    public ValueTask LogErrorAsync(Exception exception)
    {
        All.Enqueue(exception);
        return default;
    }
}
