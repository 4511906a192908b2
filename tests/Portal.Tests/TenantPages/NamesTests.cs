namespace Headgate.Portal.Tests.TenantPages;

public sealed class NamesTests
{
    [Theory]
    [InlineData("Acme", "acme")]
    [InlineData("  Bäcker & Söhne GmbH ", "backer-and-sohne-gmbh")]
    [InlineData("Straße Łódź Ærø", "strasse-lodz-aero")]
    [InlineData("O'Neill’s --- Café", "oneills-cafe")]
    [InlineData("Ａｃｍｅ １２", "acme-12")]
    [InlineData("A", "a")]
    [InlineData("the quick brown fox jumps over it", "the-quick-brown-fox-jump")]
    [InlineData("twentythreecharacters-- x", "twentythreecharacters-x")]
    [InlineData("12345678901234567890123 4", "12345678901234567890123")]
    [InlineData("<script>alert(1)</script>", "script-alert-1-script")]
    public void ToId_WhenTheNameHasLatinLetters_KeepsThem(string name, string id) => Assert.Equal(id, Names.ToId(name, "tenant"));

    [Theory]
    [InlineData("株式会社バックアップ")]
    [InlineData("شركة النسخ الاحتياطي")]
    [InlineData("Компания")]
    [InlineData("🚀🚀")]
    [InlineData("---")]
    [InlineData("\ud83d")]
    [InlineData("")]
    public void ToId_WhenNothingOfTheNameCanStand_IsUsableAndTheSameEachTime(string name)
    {
        var id = Names.ToId(name, "tenant");
        Assert.True(Names.IsId(id), id);
        Assert.StartsWith("tenant-", id);
        Assert.Equal(id, Names.ToId(name, "tenant"));
    }

    [Fact]
    public void ToId_WhenTwoNamesHaveNothingThatCanStand_Differs() => Assert.NotEqual(Names.ToId("株式会社", "tenant"), Names.ToId("有限会社", "tenant"));

    [Fact]
    public void ToId_WhenAnyTextIsGiven_IsAnId()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 20_000; i++)
        {
            var name = new string([.. Enumerable.Range(0, random.Next(0, 40)).Select(_ => (char)(random.Next(4) == 0 ? random.Next(1, 0x10000) : random.Next(32, 127)))]);
            var id = Names.ToId(name, "tenant");
            Assert.True(Names.IsId(id), $"'{name}' leads to '{id}'");
            Assert.True(Names.IsId(Names.Numbered(id, random.Next(2, 1000))));
        }
    }

    [Theory]
    [InlineData("acme", 2, "acme-2")]
    [InlineData("123456789012345678901234", 2, "1234567890123456789012-2")]
    [InlineData("1234567890123456789-1-34", 100, "1234567890123456789-100")]
    public void Numbered_WhenTheIdIsLong_CutsItAndNotTheNumber(string id, int number, string numbered) => Assert.Equal(numbered, Names.Numbered(id, number));

    [Theory]
    [InlineData("a", true)]
    [InlineData("a-b", true)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("A", false)]
    [InlineData("", false)]
    [InlineData("é", false)]
    [InlineData("1234567890123456789012345", false)]
    public void IsId_Always_AgreesWithTheSilo(string text, bool isId)
    {
        Assert.Equal(isId, Names.IsId(text));
        Assert.Equal(isId, Headgate.Protocol.Naming.Identifier.IsValid(text));
    }
}
