using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace Headgate.Portal.Tests;

/// <summary>A browser's address bar: goes where pages lead it, and remembers when they asked for a page to be loaded from the server.</summary>
internal sealed class Address : NavigationManager, INavigationInterception, IScrollToLocationHash
{
    public const string Base = "https://portal.test/";

    public Address() => Initialize(Base, Base);

    /// <summary>Where the browser was sent with a fresh load, oldest first: paths with their query strings.</summary>
    public List<string> Loads { get; } = [];

    /// <summary>The path and query that it shows, beginning with a slash.</summary>
    public string Path => "/" + ToBaseRelativePath(Uri);

    public Task EnableNavigationInterceptionAsync() => Task.CompletedTask;

    public Task RefreshScrollPositionForHash(string locationAbsolute) => Task.CompletedTask;

    /// <summary>Goes there before any page is rendered.</summary>
    public void Start(string path) => Uri = ToAbsoluteUri(path).AbsoluteUri;

    protected override void NavigateToCore(string uri, NavigationOptions options)
    {
        var absolute = ToAbsoluteUri(uri).AbsoluteUri;
        if (options.ForceLoad || !absolute.StartsWith(Base, StringComparison.Ordinal))
        {
            Loads.Add(absolute.StartsWith(Base, StringComparison.Ordinal) ? "/" + ToBaseRelativePath(absolute) : absolute);
            return;
        }

        Uri = absolute;
        NotifyLocationChanged(isInterceptedLink: false);
    }
}
