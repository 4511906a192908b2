namespace Headgate.Portal.Tests;

public sealed class ListStateTests
{
    [Theory]
    [InlineData("", 1)]
    [InlineData("?page=3", 3)]
    [InlineData("?page=0", 1)]
    [InlineData("?page=-1", 1)]
    [InlineData("?page=1000001", 1)]
    [InlineData("?page=99999999999999999999", 1)]
    [InlineData("?page=1e3", 1)]
    [InlineData("?page=2&page=3", 1)]
    [InlineData("?page=%00", 1)]
    [InlineData("?page", 1)]
    [InlineData("?=&&=&page==", 1)]
    public void From_WhenThePageIsNonsense_CountsAsTheFirst(string query, int page) => Assert.Equal(page, From(query).Page);

    [Fact]
    public void From_WhenTextIsTooLong_CountsAsNothingSaid()
    {
        Assert.Equal(new string('a', 100), From("?q=" + new string('a', 100)).Search);
        Assert.Null(From("?q=" + new string('a', 101)).Search);
        Assert.Null(From("?filter=" + new string('a', 101)).Filter);
        Assert.Null(From("?sort=" + new string('a', 101)).Sort);
    }

    [Theory]
    [InlineData("?q=<script>alert(1)</script>")]
    [InlineData("?q=%E2%80%AE%F0%9F%92%BE&filter='%20or%201=1--&sort=../../etc&desc=true")]
    [InlineData("?q=%ff%fe")]
    [InlineData("?%")]
    public void Href_WhenWhatWasTypedIsHostile_ComesBackAsItself(string query)
    {
        var address = new Address();
        address.Start("/tenants" + query);
        var state = ListState.From(address);
        address.Start(address.ToBaseRelativePath(state.Href(address)));
        Assert.Equal(state, ListState.From(address));
        Assert.StartsWith(Address.Base + "tenants", address.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void ToRequest_WhenOnAPage_AsksForItsRows()
    {
        Assert.Equal(new PageRequest(50, 25, "a b", "name", true, "active"), From("?page=3&q=a%20b&sort=name&desc=1&filter=active").ToRequest());
        Assert.Equal(new PageRequest(0, 25, null), From("").ToRequest());
    }

    [Fact]
    public void Href_WhenOtherParametersStandThere_KeepsThem()
    {
        var address = new Address();
        address.Start("/tenants?tab=x&page=4&q=old");
        Assert.Equal(Address.Base + "tenants?tab=x&q=new", (ListState.From(address) with { Page = 1, Search = "new" }).Href(address));
    }

    private static ListState From(string query)
    {
        var address = new Address();
        address.Start("/tenants" + query);
        return ListState.From(address);
    }
}
