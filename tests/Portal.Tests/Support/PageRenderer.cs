using Microsoft.AspNetCore.Components.HtmlRendering.Infrastructure;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.JSInterop;

namespace Headgate.Portal.Tests;

/// <summary>Blazor's HTML renderer, with what a browser adds to it: after-render callbacks, events, and components that go on rendering.</summary>
internal sealed class PageRenderer : StaticHtmlRenderer
{
    private readonly Faults _faults;

    public PageRenderer(IServiceProvider services, ILoggerFactory loggers, Faults faults)
        : base(services, loggers)
    {
        _faults = faults;
        // So that pages may move the focus: the test's script hears of it.
        ElementReferenceContext = new WebElementReferenceContext(services.GetRequiredService<IJSRuntime>());
    }

    /// <summary>How often something was rendered.</summary>
    public int Renders { get; private set; }

    /// <summary>What a component shows, as elements. On the dispatcher.</summary>
    public Element Read(int componentId)
    {
        var root = new Element("");
        Read(componentId, root);
        return root;
    }

    /// <inheritdoc/>
    protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
    {
        Renders++;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void HandleException(Exception exception) => _faults.All.Enqueue(exception);

    private void Read(int componentId, Element into)
    {
        var frames = GetCurrentRenderTreeFrames(componentId);
        Read(frames.Array, 0, frames.Count, into);
    }

    private void Read(RenderTreeFrame[] frames, int from, int to, Element into)
    {
        for (var i = from; i < to; i++)
        {
            var frame = frames[i];
            switch (frame.FrameType)
            {
                case RenderTreeFrameType.Element:
                    var element = new Element(frame.ElementName);
                    into.Children.Add(element);
                    Read(frames, i + 1, i + frame.ElementSubtreeLength, element);
                    i += frame.ElementSubtreeLength - 1;
                    break;
                case RenderTreeFrameType.Attribute when frame.AttributeEventHandlerId != 0:
                    into.Handlers[frame.AttributeName] = frame.AttributeEventHandlerId;
                    if (frame.AttributeEventUpdatesAttributeName is { } follows)
                    {
                        into.Follows[frame.AttributeName] = follows;
                    }

                    break;
                case RenderTreeFrameType.Attribute:
                    into.Attributes[frame.AttributeName] = frame.AttributeValue is bool ? "" : frame.AttributeValue?.ToString() ?? "";
                    break;
                case RenderTreeFrameType.Text:
                    into.Children.Add(new Element("#text") { Own = frame.TextContent });
                    break;
                case RenderTreeFrameType.Markup:
                    MarkupReader.Read(frame.MarkupContent, into);
                    break;
                case RenderTreeFrameType.Component:
                    Read(frame.ComponentId, into);
                    i += frame.ComponentSubtreeLength - 1;
                    break;
                case RenderTreeFrameType.Region:
                    Read(frames, i + 1, i + frame.RegionSubtreeLength, into);
                    i += frame.RegionSubtreeLength - 1;
                    break;
            }
        }
    }
}
