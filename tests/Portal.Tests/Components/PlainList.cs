using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Headgate.Portal.Tests;

/// <summary>A list of these tests: <see cref="Total"/> numbers, in pages.</summary>
internal sealed class PlainList : ListPage
{
    [Parameter]
    public int Total { get; set; }

    [Parameter]
    public ILive Of { get; set; } = default!;

    protected override void ShowList()
    {
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenComponent<ListView<int>>(0);
        builder.AddComponentParameter(1, nameof(ListView<int>.Of), Of);
        builder.AddComponentParameter(2, nameof(ListView<int>.State), State);
        builder.AddComponentParameter(3, nameof(ListView<int>.Items), (IReadOnlyList<int>)[.. Enumerable.Range(1, Total).Skip((State.Page - 1) * ListState.PageSize).Take(ListState.PageSize)]);
        builder.AddComponentParameter(4, nameof(ListView<int>.Total), Total);
        builder.AddComponentParameter(5, nameof(ListView<int>.Key), (Func<int, object>)(static number => number));
        builder.AddComponentParameter(6, nameof(ListView<int>.Caption), "Numbers");
        builder.AddComponentParameter(7, nameof(ListView<int>.SearchLabel), "Search numbers");
        builder.AddComponentParameter(8, nameof(ListView<int>.Filters), (IReadOnlyList<ListFilter>)[new(null, "All"), new("odd", "Odd")]);
        builder.AddComponentParameter(9, nameof(ListView<int>.Columns), (RenderFragment)(columns =>
        {
            columns.OpenComponent<ListColumn<int>>(0);
            columns.AddComponentParameter(1, nameof(ListColumn<int>.Title), "Name");
            columns.AddComponentParameter(2, nameof(ListColumn<int>.Sort), "name");
            columns.AddComponentParameter(3, nameof(ListColumn<int>.ChildContent), (RenderFragment<int>)(number => cell => cell.AddContent(0, $"<b>{number}</b>")));
            columns.CloseComponent();
            columns.OpenComponent<ListColumn<int>>(4);
            columns.AddComponentParameter(5, nameof(ListColumn<int>.Title), "Size");
            columns.AddComponentParameter(6, nameof(ListColumn<int>.Sort), "size");
            columns.AddComponentParameter(7, nameof(ListColumn<int>.IsNumber), true);
            columns.AddComponentParameter(8, nameof(ListColumn<int>.ChildContent), (RenderFragment<int>)(number => cell => cell.AddContent(0, number * 10)));
            columns.CloseComponent();
        }));
        builder.AddComponentParameter(10, nameof(ListView<int>.Empty), (RenderFragment)(empty => empty.AddContent(0, "No number was made yet.")));
        builder.CloseComponent();
    }
}
