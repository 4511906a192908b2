using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headgate.Portal.Tests;

/// <summary>One browser tab and its circuit: opens pages through the site's own router and layout, or a component alone.</summary>
internal sealed class Visitor(PageHost host, AsyncServiceScope scope) : IAsyncDisposable
{
    private readonly List<Page> _pages = [];

    public IServiceProvider Services => scope.ServiceProvider;

    public Session Session => Services.GetRequiredService<Session>();

    public Address Address => Services.GetRequiredService<Address>();

    public BrowserScript Script => Services.GetRequiredService<BrowserScript>();

    /// <summary>Opens a page by its address, such as <c>/tenants?page=2</c>, in the site's frame.</summary>
    public async Task<Page> OpenAsync(string path)
    {
        Address.Start(path);
        var state = await Services.GetRequiredService<AuthenticationStateProvider>().GetAuthenticationStateAsync();
        return await RenderAsync(
            host.Options.Role == AccountRole.Administrator ? typeof(Provider.ProviderRoutes) : typeof(Tenants.TenantRoutes),
            ParameterView.FromDictionary(new Dictionary<string, object?> { ["For"] = SessionUser.From(state.User)?.Account }));
    }

    /// <summary>Renders a component without the frame.</summary>
    public Task<Page> RenderAsync<T>(Dictionary<string, object?>? parameters = null)
        where T : IComponent => RenderAsync(typeof(T), ParameterView.FromDictionary(parameters ?? []));

    public async ValueTask DisposeAsync()
    {
        foreach (var page in _pages)
        {
            await page.DisposeAsync();
        }

        await scope.DisposeAsync();
    }

    private async Task<Page> RenderAsync(Type component, ParameterView parameters)
    {
        var faults = Services.GetRequiredService<Faults>();
        var page = new Page(new PageRenderer(Services, NullLoggerFactory.Instance, faults), Address, faults);
        _pages.Add(page);
        await page.StartAsync(component, parameters);
        return page;
    }
}
