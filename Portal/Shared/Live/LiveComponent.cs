using Microsoft.AspNetCore.Components;

namespace Headgate.Portal;

/// <summary>A component that shows live answers: they are watched from its making to its end, and only while its session is open.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private readonly List<IDisposable> _watched = [];
    private bool _disposed;

    /// <summary>The hub.</summary>
    [Inject]
    protected LiveHub Hub { get; set; } = default!;

    /// <summary>Who is signed in.</summary>
    [Inject]
    protected Session Session { get; set; } = default!;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Something live to show; give it a query by <see cref="Live{T}.Show"/>.</summary>
    protected Live<T> Live<T>()
    {
        var live = new Live<T>(Hub, RenderAsync);
        _watched.Add(live);
        return live;
    }

    /// <summary>Ends what the component holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        _disposed = true;
        foreach (var watched in _watched)
        {
            watched.Dispose();
        }
    }

    private Task RenderAsync(Action change) => InvokeAsync(() =>
    {
        if (_disposed || !Session.IsOpen)
        {
            return;
        }

        change();
        StateHasChanged();
    });
}
