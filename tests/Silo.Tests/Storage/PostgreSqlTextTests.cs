using Headgate.Silo.Storage.Engines;

namespace Headgate.Silo.Tests.Storage;

public sealed class PostgreSqlTextTests
{
    // Halves of surrogate pairs do not survive in an attribute.
    [Fact]
    public void Clean_Always_LeavesWhatPostgreSqlTakes()
    {
        foreach (var (text, expected) in new[]
        {
            ("plain", "plain"), ("株式 😀", "株式 😀"), ("a\0b", "a\uFFFDb"), ("a\uD800", "a\uFFFD"), ("\uDC00\uD800a", "\uFFFD\uFFFDa"), ("", ""),
        })
        {
            Assert.Equal(expected, PostgreSqlText.Clean(text));
        }
    }
}
