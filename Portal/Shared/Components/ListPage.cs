using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace Headgate.Portal;

/// <summary>A page whose list follows the address: it is shown anew whenever the address's query changes.</summary>
public abstract class ListPage : LiveComponent
{
    private string _path = "";

    /// <summary>Where the page is.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = default!;

    /// <summary>What the address says.</summary>
    protected ListState State { get; private set; } = new(1, null, false, null, null);

    /// <summary>Shows what <see cref="State"/> says: calls <see cref="Live{T}.Show"/>. After the page's parameters are set, and whenever the query changes.</summary>
    protected abstract void ShowList();

    /// <inheritdoc/>
    protected override void OnInitialized() => Navigation.LocationChanged += OnMoved;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        _path = PathOf(Navigation.Uri);
        State = ListState.From(Navigation);
        ShowList();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Navigation.LocationChanged -= OnMoved;
        base.Dispose(disposing);
    }

    private static string PathOf(string uri) => new Uri(uri).AbsolutePath;

    private void OnMoved(object? sender, LocationChangedEventArgs args)
    {
        // Another page: this one is about to go.
        if (PathOf(args.Location) != _path)
        {
            return;
        }

        State = ListState.From(Navigation);
        ShowList();
        StateHasChanged();
    }
}
