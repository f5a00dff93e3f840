// The button of the extension opens the program in a tab of its own, for browsers in which a
// panel of DevTools has no shared memory.
chrome.action.onClicked.addListener((tab) => {
  chrome.tabs.create({ url: `panel.html${tab.id ? `?tab=${tab.id}` : ''}` });
});
