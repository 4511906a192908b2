using System.Diagnostics;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;

namespace Headgate.Portal.Tests;

/// <summary>A page that is open: what it shows, found as people find it, and what they do with it.</summary>
internal sealed class Page(PageRenderer renderer, Address address, Faults faults) : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private HtmlRootComponent _root;

    /// <summary>The browser's address.</summary>
    public Address Address => address;

    /// <summary>How often anything of it was rendered.</summary>
    public int Renders => renderer.Renders;

    public async Task StartAsync(Type component, ParameterView parameters)
    {
        await renderer.Dispatcher.InvokeAsync(() => _root = renderer.BeginRenderingComponent(component, parameters));
    }

    /// <summary>The page's HTML.</summary>
    public Task<string> HtmlAsync() => renderer.Dispatcher.InvokeAsync(_root.ToHtmlString);

    /// <summary>The page's elements.</summary>
    public Task<Element> ReadAsync() => renderer.Dispatcher.InvokeAsync(() => renderer.Read(0));

    /// <summary>What a person reads.</summary>
    public async Task<string> TextAsync() => (await ReadAsync()).Text;

    /// <summary>Waits until the page shows what the test looks for; past the deadline the test fails with what it shows.</summary>
    public async Task<Element> UntilAsync(Func<Element, bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var page = await ReadAsync();
            if (condition(page))
            {
                return page;
            }

            Assert.True(faults.All.IsEmpty, string.Join('\n', faults.All));
            Assert.True(clock.Elapsed < s_patience, $"Waited {clock.Elapsed.TotalSeconds:0} s; {address.Path} shows:\n{await HtmlAsync()}");
            await Task.Delay(10);
        }
    }

    /// <summary>Waits until the page says it.</summary>
    public Task<Element> UntilAsync(string text) => UntilAsync(page => page.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until the page no longer says it.</summary>
    public Task<Element> UntilGoneAsync(string text) => UntilAsync(page => !page.Text.Contains(text, StringComparison.Ordinal));

    /// <summary>Presses the button of that name, once it is there and enabled; one with <c>type=submit</c> sends its form.</summary>
    public async Task ClickAsync(string name)
    {
        await UntilAsync(page => Button(page, name) is not null);
        await DispatchAsync(page => Button(page, name), "onclick", new MouseEventArgs { Type = "click", Detail = 1 });
        await DispatchAsync(
            page => Button(page, name) is { } button && button["type"] != "button"
                ? page.All.LastOrDefault(form => form.Name == "form" && form.All.Contains(button))
                : null,
            "onsubmit",
            EventArgs.Empty);
    }

    /// <summary>Follows the link of that name.</summary>
    public async Task FollowAsync(string name)
    {
        var page = await UntilAsync(page => Link(page, name) is not null);
        var link = Link(page, name)!;
        await renderer.Dispatcher.InvokeAsync(() => address.NavigateTo(link["href"]!));
    }

    /// <summary>Goes to an address of the site, as by the browser's Back.</summary>
    public Task GoAsync(string path) => renderer.Dispatcher.InvokeAsync(() => address.NavigateTo(path));

    /// <summary>Types into, or chooses in, the field with that label.</summary>
    public async Task SetAsync(string label, string value)
    {
        var page = await UntilAsync(page => Field(page, label) is not null);
        var field = Field(page, label)!;
        object typed = field["type"] is "checkbox" or "radio" ? value == "true" : value;
        foreach (var name in new[] { "oninput", "onchange" })
        {
            await DispatchAsync(shown => Field(shown, label), name, new ChangeEventArgs { Value = typed });
        }
    }

    /// <summary>What the field with that label holds.</summary>
    public async Task<string?> ValueAsync(string label) => Field(await UntilAsync(page => Field(page, label) is not null), label)!["value"];

    /// <summary>What stands in the field with that label while nothing is typed.</summary>
    public async Task<string?> PlaceholderAsync(string label) => Field(await UntilAsync(page => Field(page, label) is not null), label)!["placeholder"];

    public ValueTask DisposeAsync() => renderer.DisposeAsync();

    private static Element? Button(Element page, string name) =>
        page.All.FirstOrDefault(element => (element.Name is "button" || element["role"] is "button" or "tab" || element.Handlers.ContainsKey("onclick"))
            && element.Label == name && element["disabled"] is null);

    private static Element? Link(Element page, string name) => page.All.FirstOrDefault(element => element.Name == "a" && element.Label == name && element["href"] is not null);

    private static Element? Field(Element page, string label)
    {
        static bool IsField(Element element) => element.Name is "input" or "select" or "textarea";
        return page.All.FirstOrDefault(element => IsField(element) && element["aria-label"] == label)
            ?? page.All.Where(element => element.Name == "label" && Caption(element) == label)
                .Select(element => element.All.FirstOrDefault(IsField) ?? (element["for"] is { } id ? page.All.FirstOrDefault(field => field["id"] == id) : null))
                .FirstOrDefault(field => field is not null);
    }

    // A label's first words; help below the field and the choices in it are not its name.
    private static string Caption(Element label) => label.Children.FirstOrDefault(child => child.Name == "span")?.Text ?? label.Text;

    // Found and dispatched in one turn: a live answer in between would give the element another handler.
    private Task DispatchAsync(Func<Element, Element?> find, string name, EventArgs args) => renderer.Dispatcher.InvokeAsync(() =>
        find(renderer.Read(0)) is { } element && element.Handlers.TryGetValue(name, out var handler)
            ? renderer.DispatchEventAsync(handler, null, args)
            : Task.CompletedTask);
}
